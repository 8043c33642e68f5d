//! The profile of the log: the log is read once more for it, on a thread of its own, and what is told
//! of it is kept in a file beside the column cache.

use std::io::{self, Read as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::thread::Builder;

use crossbeam_channel::{Receiver, bounded};

use crate::base::bytes::{Bytes, put_text, put_u64};
use crate::profile::{Limits, profile};
use crate::store::{Sealed, write_sealed};
use crate::tape::Demand;

use super::column_cache::CacheKey;
use super::profile_report::report;
use super::source::LogSource;
use crate::session::snapshot::{LogField, LogProfile, ProfileEntry, ProfileSection};

/// The format of the file.
const FORMAT: u64 = 4;
/// The most bytes of a file.
const LARGEST: u64 = 64 << 20;
/// The deepest entries of a file.
const DEEPEST: usize = 8;

/// What is to be read.
#[derive(Clone, Debug)]
pub struct ProfileRequest {
    /// How the log is read.
    pub(in crate::session) demand: Demand,
    /// The most bytes that may be taken.
    pub(in crate::session) memory: u64,
}

/// What comes of it.
#[derive(Debug)]
pub enum ProfileEvent {
    /// So much is read, 0 to 1.
    Progress(f64),
    /// It is there.
    Read(Arc<LogProfile>),
    /// It cannot be read, for this reason.
    Failed(String),
}

impl ProfileEvent {
    /// Whether nothing follows.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        !matches!(self, Self::Progress(_))
    }

    /// What a thread that has ended without an event stands for.
    pub(in crate::session) fn lost() -> Self {
        Self::Failed("reading the log stopped: an internal error in its reader".to_owned())
    }
}

impl ProfileRequest {
    /// Reads the profile: from a file, if it has that of this log, or else from the log, to be
    /// written to the file then. `progress` may break it off.
    pub fn read(
        self,
        source: &LogSource,
        file: Option<&Path>,
        progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> ProfileEvent {
        let Self { mut demand, memory } = self;
        demand.attributes.clear();
        // A log without a type has fields all the same.
        demand.settings.yields.untyped = true;
        let identity = source.identity(&demand);
        let name = identity.as_ref().map(|identity| CacheKey::new(identity, &demand));
        if let (Some(file), Some(name)) = (file, name)
            && let Some(kept) = kept(file, name)
        {
            return ProfileEvent::Read(Arc::new(kept));
        }
        let reader = match source.open_again(&demand) {
            Ok(reader) => reader,
            Err(error) => return ProfileEvent::Failed(error.to_string()),
        };
        let limits = Limits { threads: 1, memory };
        let told = match profile(reader, &demand.settings, limits, progress) {
            Ok(profiled) => report(&profiled, &demand.settings),
            Err(error) => return ProfileEvent::Failed(error.to_string()),
        };
        // What was read while it changed is no log that there ever was.
        let is_same = name.is_some() && source.identity(&demand) == identity;
        if let (Some(file), Some(name), true) = (file, name, is_same) {
            // Its loss costs time and nothing else.
            let _ = keep(file, name, &told);
        }
        ProfileEvent::Read(Arc::new(told))
    }
}

/// The profile of this name in a file; `None` where the file has none, or is damaged.
fn kept(file: &Path, name: CacheKey) -> Option<LogProfile> {
    let mut sealed = Sealed::open(file).ok()??;
    let mut found = CacheKey::default();
    sealed.read_exact(found.bytes_mut()).ok()?;
    let mut bytes = Vec::new();
    if found != name || sealed.read_to_end(&mut bytes).is_err() {
        return None;
    }
    let mut bytes = Bytes(&bytes);
    bytes.u64().filter(|format| *format == FORMAT)?;
    let told = LogProfile {
        sections: read_list(&mut bytes, read_section)?,
        fields: read_list(&mut bytes, read_field)?,
    };
    bytes.is_empty().then_some(told)
}

/// Writes a profile to a file under a name.
fn keep(file: &Path, name: CacheKey, told: &LogProfile) -> io::Result<bool> {
    let mut bytes = Vec::new();
    put_u64(&mut bytes, FORMAT);
    put_list(&mut bytes, &told.sections, |bytes, section| {
        put_text(bytes, &section.title);
        put_text(bytes, &section.said);
        put_list(bytes, &section.entries, put_entry);
    });
    put_list(&mut bytes, &told.fields, |bytes, field| {
        put_text(bytes, &field.path);
        put_list(bytes, &field.types, |bytes, name| put_text(bytes, name));
        put_u64(bytes, u64::from(field.has_values));
    });
    write_sealed(file, LARGEST, |out| {
        out.write_all(name.bytes())?;
        out.write_all(&bytes)?;
        Ok(true)
    })
}

fn put_list<T>(bytes: &mut Vec<u8>, items: &[T], put: impl Fn(&mut Vec<u8>, &T)) {
    put_u64(bytes, items.len() as u64);
    items.iter().for_each(|item| put(bytes, item));
}

fn put_entry(bytes: &mut Vec<u8>, entry: &ProfileEntry) {
    put_text(bytes, &entry.name);
    put_list(bytes, &entry.cells, |bytes, cell| put_text(bytes, cell));
    put_text(bytes, &entry.words);
    put_list(bytes, &entry.entries, put_entry);
}

fn read_list<T>(
    bytes: &mut Bytes<'_>,
    mut read: impl FnMut(&mut Bytes<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let count = bytes.u64()?;
    // A wrong count allocates nothing: the bytes end first.
    (0..count).map(|_| read(bytes)).collect()
}

fn read_field(bytes: &mut Bytes<'_>) -> Option<LogField> {
    Some(LogField {
        path: bytes.text()?.to_owned(),
        types: read_list(bytes, |bytes| bytes.text().map(str::to_owned))?,
        has_values: bytes.u64()? == 1,
    })
}

fn read_section(bytes: &mut Bytes<'_>) -> Option<ProfileSection> {
    Some(ProfileSection {
        title: bytes.text()?.to_owned(),
        said: bytes.text()?.to_owned(),
        entries: read_list(bytes, |bytes| read_entry(bytes, 0))?,
    })
}

fn read_entry(bytes: &mut Bytes<'_>, depth: usize) -> Option<ProfileEntry> {
    Some(ProfileEntry {
        name: bytes.text()?.to_owned(),
        cells: read_list(bytes, |bytes| bytes.text().map(str::to_owned))?,
        words: bytes.text()?.to_owned(),
        entries: (depth < DEEPEST)
            .then(|| read_list(bytes, |bytes| read_entry(bytes, depth + 1)))??,
    })
}

/// A thread that reads the profile. It stops soon after this is dropped.
pub(in crate::session) struct ProfileThread {
    incoming: Receiver<ProfileEvent>,
    _is_wanted: Arc<()>,
}

impl ProfileThread {
    /// Starts to read. A thread that cannot be started is one that is gone.
    pub(in crate::session) fn start(
        source: LogSource,
        request: ProfileRequest,
        file: Option<PathBuf>,
    ) -> Self {
        let (outgoing, incoming) = bounded(2);
        let is_wanted = Arc::new(());
        let wanted: Weak<()> = Arc::downgrade(&is_wanted);
        let read = move || {
            // Where the last one is not yet taken, none is added: the end must find room.
            let mut tell = |share| {
                if outgoing.is_empty() {
                    // A session that is gone has no use for it.
                    let _ = outgoing.try_send(ProfileEvent::Progress(share));
                }
                if wanted.strong_count() > 0 {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            };
            let event = request.read(&source, file.as_deref(), &mut tell);
            let _ = outgoing.send(event);
        };
        let _ = Builder::new().name("profile".to_owned()).spawn(read);
        Self { incoming, _is_wanted: is_wanted }
    }

    /// What it brings, in order.
    pub(in crate::session) const fn incoming(&self) -> &Receiver<ProfileEvent> {
        &self.incoming
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_kept_under_its_name_and_not_read_when_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("profile");
        let entry = |name: &str, entries| ProfileEntry {
            name: name.to_owned(),
            cells: vec!["1,204".to_owned(), "~3.1%".to_owned()],
            words: "…".to_owned(),
            entries,
        };
        let field = entry("user.id", vec![entry("7", Vec::new())]);
        let section = ProfileSection {
            title: "Types".to_owned(),
            said: "1 type".to_owned(),
            entries: vec![entry("click", vec![field])],
        };
        let told = LogProfile {
            sections: vec![section, ProfileSection::default()],
            fields: vec![LogField {
                path: "user.id".to_owned(),
                types: vec!["click".to_owned()],
                has_values: true,
            }],
        };
        let (name, other) = (CacheKey::default(), CacheKey::of(b"other"));
        assert_eq!(kept(&file, name), None);
        assert!(keep(&file, name, &told).unwrap());
        assert_eq!(kept(&file, name), Some(told));
        assert_eq!(kept(&file, other), None);
        let whole = std::fs::read(&file).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&file, &whole[..cut]).unwrap();
            assert_eq!(kept(&file, name), None, "cut at {cut}");
        }
        for flipped in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[flipped] ^= 4;
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(kept(&file, name), None, "flipped at {flipped}");
        }
    }
}
