//! Looking something up once for a whole list.

use std::collections::BTreeMap;

use super::error::Result;

/// What was looked up already, by what it was looked up with.
#[derive(Debug)]
pub struct Once<K, V>(BTreeMap<K, V>);

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V: Clone> Once<K, V> {
    /// The value of this key, from `look_up` the first time.
    pub fn get(&mut self, key: K, look_up: impl FnOnce() -> Result<V>) -> Result<V> {
        if let Some(known) = self.0.get(&key) {
            return Ok(known.clone());
        }
        let value = look_up()?;
        self.0.insert(key, value.clone());
        Ok(value)
    }
}
