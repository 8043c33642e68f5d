//! A store in memory: for ephemeral runs, and as the model for tests of the durable one.

use std::collections::BTreeMap;

use super::{Batch, Store, StoreError};

/// An in-memory store, which ends with the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryStore {
    pairs: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Store for MemoryStore {
    fn scan_from(
        &self,
        prefix: &[u8],
        from: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        let pairs = self.pairs.range(prefix.max(from).to_vec()..);
        for (key, value) in pairs.take_while(|(key, _)| key.starts_with(prefix)) {
            if !visit(key, value) {
                break;
            }
        }
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.pairs.get(key).cloned())
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        for key in &batch.deletes {
            self.pairs.remove(key);
        }
        self.pairs.extend(batch.puts);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_takes_one_prefix_in_key_order() {
        let mut store = MemoryStore::default();
        let put = |key: &str| (key.as_bytes().to_vec(), vec![1]);
        let puts = vec![put("b"), put("a2"), put("a1"), put("a")];
        store.commit(Batch { puts, deletes: vec![b"b".to_vec()] }).unwrap();
        let mut keys = Vec::new();
        store.scan(b"a", &mut |key, _| keys.push(key.to_vec())).unwrap();
        assert_eq!(keys, [b"a".to_vec(), b"a1".to_vec(), b"a2".to_vec()]);
        for (from, first) in [("", "a"), ("a", "a"), ("a0", "a1"), ("a2", "a2")] {
            let mut keys = Vec::new();
            let mut visit = |key: &[u8], _: &[u8]| {
                keys.push(key.to_vec());
                false
            };
            store.scan_from(b"a", from.as_bytes(), &mut visit).unwrap();
            assert_eq!(keys, [first.as_bytes().to_vec()]);
        }
        assert_eq!(store.get(b"b").unwrap(), Some(vec![1]), "a put wins over a delete");
    }
}
