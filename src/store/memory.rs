//! A store in memory: for ephemeral runs and as the model that the durable one is held against.

use std::collections::BTreeMap;

use super::{Batch, Store, StoreError};

/// Bytes under keys that end with the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryStore {
    pairs: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Store for MemoryStore {
    fn scan(&self, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        self.pairs
            .range(prefix.to_vec()..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .for_each(|(key, value)| visit(key, value));
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
        assert_eq!(store.get(b"b").unwrap(), Some(vec![1]), "a put wins over a delete");
    }
}
