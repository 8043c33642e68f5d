//! The durable store over any ordered database: writes segments, publishes them by the manifest,
//! merges them as they grow in number.
//!
//! A commit writes the chunks of a new segment, flushes, publishes the segment by one write of the
//! manifest, flushes, and then removes the segments that were merged into it. A process that is
//! killed at any point leaves the state before or after.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use super::chunk::{ChunkWriter, Record};
use super::manifest::{Manifest, Segment, Unreadable};
use super::merge::{Cursor, Run, Sorted, address, merge, records, segment_of};
use super::pages::{PageError, Pages};
use super::{Batch, Store, StoreError};

/// The key of the manifest; those of chunks start with another byte.
const MANIFEST: &[u8] = b"M";

/// The segments of similar size that are kept before they are merged.
const FAN: usize = 4;

/// The reason why a database does not open as a store.
#[derive(Debug)]
pub(super) enum Fault {
    Damaged(String),
    Older,
    Newer(u32),
    Io(std::io::Error),
}

impl From<PageError> for Fault {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Damaged(reason) => Self::Damaged(reason),
            PageError::Io(source) => Self::Io(source),
        }
    }
}

/// A store over `P`.
#[derive(Debug)]
pub(super) struct Segmented<P> {
    pages: P,
    path: PathBuf,
    manifest: Manifest,
    /// Set by the first error; no further call reaches the database.
    poisoned: Cell<bool>,
}

impl<P: Pages> Segmented<P> {
    /// Reads the manifest, verifies every live chunk and removes garbage. Without a manifest,
    /// `established` decides whether it is missing or the store is new.
    pub(super) fn open(pages: P, path: &Path, established: bool) -> Result<Self, Fault> {
        let manifest = match pages.get(MANIFEST)? {
            None if established => return Err(Fault::Damaged("its manifest is lost".into())),
            None => {
                pages.insert(MANIFEST, Manifest::default().encode())?;
                pages.flush()?;
                Manifest::default()
            }
            Some(bytes) => Manifest::decode(&bytes).map_err(|unreadable| match unreadable {
                Unreadable::Damaged => Fault::Damaged("its manifest is unreadable".into()),
                Unreadable::Older => Fault::Older,
                Unreadable::Newer(found) => Fault::Newer(found),
            })?,
        };
        let store = Self { pages, path: path.to_path_buf(), manifest, poisoned: Cell::new(false) };
        store.verify_and_sweep()?;
        Ok(store)
    }

    fn verify_and_sweep(&self) -> Result<(), Fault> {
        let mut found: Vec<Segment> = Vec::new();
        let mut swept = false;
        let mut next = address(0, &[]);
        while let Some((mut at, bytes)) = self.pages.at_or_after(&next)? {
            let Some(number) = segment_of(&at) else { break };
            if self.manifest.segments.iter().any(|live| live.number == number) {
                records(&bytes)?;
                match found.last_mut() {
                    Some(last) if last.number == number => {
                        last.bytes += bytes.len() as u64;
                        last.chunks += 1;
                    }
                    _ => found.push(Segment { number, bytes: bytes.len() as u64, chunks: 1 }),
                }
            } else {
                self.pages.remove(&at)?;
                swept = true;
            }
            at.push(0);
            next = at;
        }
        if found != self.manifest.segments {
            return Err(Fault::Damaged("chunks are missing".into()));
        }
        if swept {
            self.pages.flush()?;
        }
        Ok(())
    }

    /// Writes and publishes a batch; returns the new manifest.
    fn write(&self, batch: Batch) -> Result<Manifest, PageError> {
        let records = sorted(batch);
        let size =
            records.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len));
        let keep = self.kept(size.sum::<usize>() as u64);
        let generation = self.manifest.generation + 1;
        let absorbed = self.manifest.segments[keep..].to_vec();

        let mut runs: Vec<Box<dyn Run + '_>> = vec![Box::new(Sorted(records.into_iter()))];
        for segment in absorbed.iter().rev() {
            runs.push(Box::new(Cursor::new(&self.pages, segment.number, &[])?));
        }
        let mut written = Segment { number: generation, bytes: 0, chunks: 0 };
        let mut writer = ChunkWriter::default();
        let mut emit = |writer: &mut ChunkWriter| -> Result<(), PageError> {
            if let Some((first_key, bytes)) = writer.take() {
                written.bytes += bytes.len() as u64;
                written.chunks += 1;
                self.pages.insert(&address(generation, &first_key), bytes)?;
            }
            Ok(())
        };
        merge(&mut runs, &mut |(key, value)| {
            // Without older segments a tombstone has nothing to hide.
            if value.is_some() || keep > 0 {
                writer.push(&key, value.as_deref());
            }
            if writer.is_full() {
                emit(&mut writer)?;
            }
            Ok(true)
        })?;
        emit(&mut writer)?;
        drop(runs);

        let mut segments = self.manifest.segments[..keep].to_vec();
        segments.extend((written.chunks > 0).then_some(written));
        let manifest = Manifest { generation, segments };
        self.pages.flush()?;
        self.pages.insert(MANIFEST, manifest.encode())?;
        self.pages.flush()?;
        absorbed.iter().try_for_each(|segment| self.drop_segment(segment.number))?;
        Ok(manifest)
    }

    /// The number of oldest segments that a commit of `size` bytes keeps. The others are merged
    /// with it: as soon as [`FAN`] segments of similar size would exist they become one, so that
    /// there are few segments and each record is rewritten few times.
    fn kept(&self, mut size: u64) -> usize {
        let segments = &self.manifest.segments;
        let mut keep = segments.len();
        loop {
            let limit = size.saturating_mul(FAN as u64);
            let alike = segments[..keep].iter().rev().take_while(|s| s.bytes < limit).count();
            if alike + 1 < FAN {
                return keep;
            }
            size += segments[keep - alike..keep].iter().map(|s| s.bytes).sum::<u64>();
            keep -= alike;
        }
    }

    fn drop_segment(&self, number: u64) -> Result<(), PageError> {
        let mut next = address(number, &[]);
        while let Some((mut at, _)) = self.pages.at_or_after(&next)? {
            if segment_of(&at) != Some(number) {
                break;
            }
            self.pages.remove(&at)?;
            at.push(0);
            next = at;
        }
        Ok(())
    }

    /// Runs a call unless the store is poisoned, and poisons it if the call fails.
    fn guarded<T>(
        &self,
        action: &'static str,
        call: impl FnOnce() -> Result<T, PageError>,
    ) -> Result<T, StoreError> {
        let path = self.path.clone();
        if self.poisoned.get() {
            return Err(StoreError::Failed { path });
        }
        call().map_err(|error| {
            self.poisoned.set(true);
            match error {
                PageError::Damaged(reason) => StoreError::Corrupt { path, reason },
                PageError::Io(source) => StoreError::from_io(&path, action, source),
            }
        })
    }

    fn find(&self, key: &[u8]) -> Result<Option<Vec<u8>>, PageError> {
        for segment in self.manifest.segments.iter().rev() {
            let Some((at, bytes)) = self.pages.at_or_before(&address(segment.number, key))? else {
                continue;
            };
            if segment_of(&at) != Some(segment.number) {
                continue;
            }
            let mut chunk = records(&bytes)?;
            if let Ok(i) = chunk.binary_search_by(|(found, _)| found.as_slice().cmp(key)) {
                return Ok(chunk.swap_remove(i).1);
            }
        }
        Ok(None)
    }

    fn visit(
        &self,
        prefix: &[u8],
        from: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), PageError> {
        let mut runs: Vec<Box<dyn Run + '_>> = Vec::new();
        for segment in self.manifest.segments.iter().rev() {
            runs.push(Box::new(Cursor::new(&self.pages, segment.number, prefix.max(from))?));
        }
        merge(&mut runs, &mut |(key, value)| {
            let inside = key.starts_with(prefix);
            Ok(inside && value.is_none_or(|value| visit(&key, &value)))
        })
    }
}

impl<P: Pages> Store for Segmented<P> {
    fn scan_from(
        &self,
        prefix: &[u8],
        from: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        self.guarded("read", || self.visit(prefix, from, visit))
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.guarded("read", || self.find(key))
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.manifest = self.guarded("written", || self.write(batch))?;
        Ok(())
    }
}

/// The records of a batch, in key order, one per key.
fn sorted(batch: Batch) -> Vec<Record> {
    let deletes = batch.deletes.into_iter().map(|key| (key, None));
    let puts = batch.puts.into_iter().map(|(key, value)| (key, Some(value)));
    let mut records: Vec<Record> = deletes.chain(puts).collect();
    records.sort_by(|(a, _), (b, _)| a.cmp(b));
    records.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 = later.1.take();
        }
        same
    });
    records
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::MemoryStore;
    use super::super::pages::fallible::FalliblePages;
    use super::*;

    fn open(pages: &FalliblePages) -> Segmented<FalliblePages> {
        Segmented::open(pages.clone(), Path::new("somewhere"), false).unwrap()
    }

    fn all(store: &dyn Store) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut pairs = Vec::new();
        store.scan(b"", &mut |key, value| pairs.push((key.to_vec(), value.to_vec()))).unwrap();
        pairs
    }

    /// Keys from a small alphabet, so that batches meet; values up to several chunks.
    fn batch() -> impl Strategy<Value = Batch> {
        let key = || proptest::collection::vec(0u8..3, 0..4);
        let value = (any::<u8>(), prop_oneof![0usize..40, 10_000usize..60_000])
            .prop_map(|(byte, length)| vec![byte; length]);
        (proptest::collection::vec((key(), value), 0..12), proptest::collection::vec(key(), 0..6))
            .prop_map(|(puts, deletes)| Batch { puts, deletes })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn it_answers_as_a_map_does(batches in proptest::collection::vec(batch(), 1..14)) {
            let pages = FalliblePages::default();
            let mut store = open(&pages);
            let mut model = MemoryStore::default();
            for (i, batch) in batches.into_iter().enumerate() {
                store.commit(batch.clone()).unwrap();
                model.commit(batch).unwrap();
                if i % 3 == 0 {
                    store = open(&pages);
                }
                prop_assert_eq!(all(&store), all(&model));
                for prefix in [&[0u8][..], &[1, 2], &[2, 2, 2]] {
                    prop_assert_eq!(store.get(prefix).unwrap(), model.get(prefix).unwrap());
                    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
                    store.scan(prefix, &mut |key, _| ours.push(key.to_vec())).unwrap();
                    model.scan(prefix, &mut |key, _| theirs.push(key.to_vec())).unwrap();
                    prop_assert_eq!(&ours, &theirs);
                    // One at a time, each from the one before.
                    let mut found: Vec<Vec<u8>> = Vec::new();
                    loop {
                        let from = found.last().cloned().unwrap_or_default();
                        let known = found.len();
                        store
                            .scan_from(prefix, &from, &mut |key, _| {
                                let is_new = key != from || known == 0;
                                found.extend(is_new.then(|| key.to_vec()));
                                !is_new
                            })
                            .unwrap();
                        if found.len() == known {
                            break;
                        }
                    }
                    prop_assert_eq!(found, theirs);
                }
            }
        }

        #[test]
        fn a_loss_of_power_leaves_the_state_before_or_after(
            batches in proptest::collection::vec(batch(), 1..8),
            operations in 0usize..60,
            survivors in any::<u64>(),
        ) {
            let pages = FalliblePages::default();
            let mut store = open(&pages);
            let (mut before, mut after) = (MemoryStore::default(), MemoryStore::default());
            pages.fail_after(operations);
            for batch in batches {
                before = after.clone();
                after.commit(batch.clone()).unwrap();
                if store.commit(batch.clone()).is_err() {
                    let refused = store.commit(Batch { puts: vec![(vec![], vec![])], deletes: vec![] });
                    let failed = matches!(refused, Err(StoreError::Failed { .. }));
                    prop_assert!(failed);
                    break;
                }
                before = after.clone();
            }
            pages.restart(|number| survivors.rotate_right(number as u32 % 64) & 1 == 1);
            let mut store = open(&pages);
            let found = all(&store);
            prop_assert!(found == all(&before) || found == all(&after));
            // What was cut short is swept away, and does not come back with the next commits.
            let chunks: u64 = store.manifest.segments.iter().map(|s| s.chunks).sum();
            prop_assert!(pages.keys() as u64 <= chunks + 1);
            let put = Batch { puts: vec![(b"new".to_vec(), b"1".to_vec())], deletes: vec![] };
            store.commit(put).unwrap();
            pages.restart(|_| true);
            prop_assert_eq!(all(&open(&pages)).len(), found.len() + 1);
        }
    }

    #[test]
    fn a_full_disk_is_said_so() {
        let pages = FalliblePages::default();
        let mut store = open(&pages);
        pages.fail_after(1);
        let puts = vec![(b"k".to_vec(), b"v".to_vec())];
        let error = store.commit(Batch { puts, deletes: vec![] }).unwrap_err();
        assert!(matches!(error, StoreError::Full { .. }), "{error}");
        assert!(matches!(store.get(b"k"), Err(StoreError::Failed { .. })));
        pages.restart(|_| false);
        assert_eq!(open(&pages).get(b"k").unwrap(), None);
    }

    #[test]
    fn segments_stay_few_and_deletes_leave_nothing() {
        let pages = FalliblePages::default();
        let mut store = open(&pages);
        for i in 0..500u32 {
            let puts = vec![(i.to_be_bytes().to_vec(), vec![1; 200])];
            store.commit(Batch { puts, deletes: vec![] }).unwrap();
            assert!(store.manifest.segments.len() <= 18, "{:?}", store.manifest.segments);
        }
        let deletes = (0..500u32).map(|i| i.to_be_bytes().to_vec()).collect();
        let filler = vec![(vec![0], vec![0; 1_000_000])];
        store.commit(Batch { puts: filler, deletes }).unwrap();
        store.commit(Batch { puts: vec![], deletes: vec![vec![0]] }).unwrap();
        assert_eq!(all(&store), []);
    }

    #[test]
    fn damage_is_found_on_opening() {
        let pages = FalliblePages::default();
        let puts = vec![(b"k".to_vec(), vec![1; 100])];
        open(&pages).commit(Batch { puts, deletes: vec![] }).unwrap();
        let fault = |pages: &FalliblePages| {
            Segmented::open(pages.clone(), Path::new("somewhere"), false).unwrap_err()
        };

        pages.tamper(|map| map.values_mut().for_each(|value| *value.last_mut().unwrap() ^= 1));
        assert!(matches!(fault(&pages), Fault::Damaged(_)));
        pages.restart(|_| true);
        pages.tamper(|map| map.retain(|key, _| key == MANIFEST));
        assert!(matches!(fault(&pages), Fault::Damaged(reason) if reason.contains("missing")));
        pages.restart(|_| true);
        pages.tamper(|map| drop(map.remove(MANIFEST)));
        let lost = Segmented::open(pages.clone(), Path::new("somewhere"), true).unwrap_err();
        assert!(matches!(lost, Fault::Damaged(reason) if reason.contains("lost")));
        pages.restart(|_| true);
        pages.tamper(|map| map.get_mut(MANIFEST).unwrap()[8] = 9);
        assert!(matches!(fault(&pages), Fault::Newer(9)));
    }
}
