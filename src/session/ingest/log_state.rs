//! The log of a session: being read, followed or complete; what is known of it, and whether its
//! columns are cached.

use std::sync::Arc;
use std::time::Instant;

use crate::base::events::EventSettings;
use crate::log::Member;
use crate::session::snapshot::{LogProfile, Profile};
use crate::tape::Demand;

use super::column_cache::CacheKey;
use super::log_report::Known;
use super::log_watch::LogWatch;
use super::profiling::{ProfileEvent, ProfileRequest};
use super::reader_event::{ReadProgress, ReaderId};
use super::stamps::Stamps;

/// How much of the log is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::session) enum LogState {
    /// It is being read.
    Reading(ReadProgress),
    /// All that its source had was read; more may come.
    Following(ReadProgress),
    /// It has ended, or is not read on.
    Complete,
}

/// The column cache of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum CacheState {
    /// There is none.
    Absent,
    /// It can be written.
    Ready,
    /// It is being written, by somebody who reads the tape.
    Writing,
    /// Writing it failed: it is not tried again.
    Failed,
}

/// The log, as far as a session knows it.
pub(in crate::session) struct Log {
    state: LogState,
    watch: LogWatch,
    /// The members of its first events, once it is read.
    members: Vec<Member>,
    cache: CacheState,
    /// The name under which its columns can be cached, until that is done.
    cache_key: Option<CacheKey>,
    /// How often it was read again.
    readings: u32,
    profile: ProfileState,
}

/// The profile of the log, and how the log is read for it.
enum ProfileState {
    Unknown,
    Reading { share: f64, memory: u64, settings: Box<EventSettings> },
    Read(Arc<LogProfile>, Box<EventSettings>),
    Failed(String, Box<EventSettings>),
}

impl ProfileState {
    fn is_of(&self, wanted: &EventSettings) -> bool {
        match self {
            Self::Unknown => false,
            Self::Reading { settings, .. }
            | Self::Read(_, settings)
            | Self::Failed(_, settings) => **settings == *wanted,
        }
    }
}

impl Log {
    /// A log of which nothing is read yet.
    pub(in crate::session) fn new(has_cache: bool, now: Instant) -> Self {
        Self {
            state: LogState::Reading(ReadProgress::default()),
            watch: LogWatch::new(Stamps::default(), now),
            members: Vec::new(),
            cache: if has_cache { CacheState::Ready } else { CacheState::Absent },
            cache_key: None,
            readings: 0,
            profile: ProfileState::Unknown,
        }
    }

    /// Whether it is being read, and what is there is not yet all that its source has.
    pub(in crate::session) const fn is_reading(&self) -> bool {
        matches!(self.state, LogState::Reading(_))
    }

    /// Whether more of it may come.
    pub(in crate::session) const fn is_open(&self) -> bool {
        !matches!(self.state, LogState::Complete)
    }

    /// How far it is read, while it is being read.
    pub(in crate::session) const fn done(&self) -> Option<f64> {
        match self.state {
            LogState::Reading(progress) => Some(progress.done),
            LogState::Following(_) | LogState::Complete => None,
        }
    }

    /// The share that is read, 0 to 1.
    pub(in crate::session) const fn share(&self) -> f64 {
        match self.state {
            LogState::Reading(progress) => progress.done,
            LogState::Following(_) | LogState::Complete => 1.0,
        }
    }

    /// The bytes of memory that its reader holds, and the reading of its profile.
    pub(in crate::session) fn held(&self) -> usize {
        let reader = match self.state {
            LogState::Reading(progress) | LogState::Following(progress) => progress.held,
            LogState::Complete => 0,
        };
        match self.profile {
            ProfileState::Reading { memory, .. } => {
                reader.saturating_add(usize::try_from(memory).unwrap_or(usize::MAX))
            }
            _ => reader,
        }
    }

    /// Whether its profile is to be read, for it is not known yet how these settings read it.
    pub(in crate::session) fn lacks_profile(&self, settings: &EventSettings) -> bool {
        !self.is_open() && !self.profile.is_of(settings)
    }

    /// Its profile is read from now on, with so much memory; without any it is not.
    pub(in crate::session) fn profiling(
        &mut self,
        demand: &Demand,
        memory: Option<u64>,
    ) -> Option<ProfileRequest> {
        let settings = Box::new(demand.settings.clone());
        let Some(memory) = memory else {
            let words = "--max-memory leaves no room to look through the log";
            self.profile = ProfileState::Failed(words.to_owned(), settings);
            return None;
        };
        self.profile = ProfileState::Reading { share: 0.0, memory, settings };
        Some(ProfileRequest { demand: demand.clone(), memory })
    }

    /// The reading of its profile has brought something.
    pub(in crate::session) fn profiled(&mut self, event: ProfileEvent) {
        let ProfileState::Reading { share, settings, .. } = &mut self.profile else { return };
        match event {
            ProfileEvent::Progress(now) => *share = now,
            ProfileEvent::Read(told) => {
                self.profile = ProfileState::Read(told, std::mem::take(settings));
            }
            ProfileEvent::Failed(words) => {
                self.profile = ProfileState::Failed(words, std::mem::take(settings));
            }
        }
    }

    /// Its profile, as far as it is known.
    pub(in crate::session) fn profile(&self) -> Profile {
        match &self.profile {
            _ if self.is_open() => Profile::Waiting,
            ProfileState::Unknown => Profile::Unknown,
            ProfileState::Reading { share, .. } => Profile::Reading(*share),
            ProfileState::Read(told, _) => Profile::Read(Arc::clone(told)),
            ProfileState::Failed(words, _) => Profile::Unreadable(words.clone()),
        }
    }

    /// The files as they were read, and what became of them since.
    pub(in crate::session) const fn watch(&self) -> &LogWatch {
        &self.watch
    }

    /// The members of its first events, once it is read.
    pub(in crate::session) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The reader that reads it again next.
    pub(in crate::session) const fn next_reader(&mut self) -> ReaderId {
        self.readings += 1;
        ReaderId::Again(self.readings)
    }

    /// Its reader is about to begin.
    pub(in crate::session) fn started(&mut self, stamps: Stamps, now: Instant) {
        self.watch = LogWatch::new(stamps, now);
    }

    /// More of it is there.
    pub(in crate::session) const fn extended(&mut self, progress: ReadProgress) {
        self.state = match self.state {
            LogState::Following(_) => LogState::Following(progress),
            LogState::Reading(_) | LogState::Complete => LogState::Reading(progress),
        };
    }

    /// All that its source has is there. Returns whether that is new.
    pub(in crate::session) fn caught_up(&mut self) -> bool {
        let LogState::Reading(progress) = self.state else { return false };
        self.state = LogState::Following(progress);
        true
    }

    /// It has ended, or is not read on.
    pub(in crate::session) fn ended(&mut self, key: Option<CacheKey>, known: &Known) {
        self.state = LogState::Complete;
        self.cache_key = key;
        self.members = known.members().cloned().collect();
    }

    /// Another reading of the log takes its place. Returns whether the first was still open.
    pub(in crate::session) fn replaced(
        &mut self,
        stamps: Stamps,
        key: Option<CacheKey>,
        now: Instant,
    ) -> bool {
        self.watch = LogWatch::new(stamps, now);
        self.profile = ProfileState::Unknown;
        self.cache_key = key;
        std::mem::replace(&mut self.state, LogState::Complete) != LogState::Complete
    }

    /// It has more columns now, which can be cached under this name.
    pub(in crate::session) const fn widened(&mut self, key: Option<CacheKey>) {
        self.cache_key = key;
    }

    /// Whether new stamps of the files are due. While the log is read they are not asked for.
    pub(in crate::session) fn is_look_due(&mut self, is_read_again: bool, now: Instant) -> bool {
        let is_due = self.watch.due().is_some_and(|due| now >= due);
        if is_due {
            self.watch.put_off(now);
        }
        is_due && !self.is_open() && !is_read_again
    }

    /// These are the stamps of the files now. Returns in words what is new about them.
    pub(in crate::session) fn compare(&mut self, stamps: &Stamps) -> Option<String> {
        self.watch.compare(stamps)
    }

    /// The name under which the columns can be written now, if they are all there: asked once.
    pub(in crate::session) fn take_cache_key(&mut self) -> Option<CacheKey> {
        let is_ready = self.cache == CacheState::Ready && !self.is_open();
        self.cache_key.take_if(|_| is_ready)
    }

    /// The column cache is being written from now on.
    pub(in crate::session) const fn caching(&mut self) {
        self.cache = CacheState::Writing;
    }

    /// The column cache is written, or could not be.
    pub(in crate::session) const fn cached(&mut self, is_written: bool) {
        self.cache = if is_written { CacheState::Ready } else { CacheState::Failed };
    }
}
