//! Slots by the texts of a key, and by the key of a slot of another scope.

use super::KeyIndex;
use super::scope::UNKNOWN;
use crate::plan::ScopeId;

impl KeyIndex {
    /// The slot of a key, if it exists. A key of another number of attributes does not.
    #[must_use]
    pub fn find(&self, scope: ScopeId, key: &[impl AsRef<str>]) -> Option<u32> {
        let scope = &self.scopes[scope.0];
        if key.len() != scope.attributes.len() {
            return None;
        }
        let names: Option<Vec<u32>> = scope
            .attributes
            .iter()
            .zip(key)
            .map(|(attribute, text)| self.attributes[*attribute].1.find(text.as_ref()))
            .collect();
        scope.find(&names?)
    }

    /// The slot of a key, also if no row has it: values are read by it that look each of their sides
    /// up by its own part of the key. One that is added for that is not found by its texts, and texts
    /// that no row has are one to it. No rows can be indexed afterwards. `None` for a key of another
    /// number of attributes, and for that of the global scope.
    pub fn add_unseen(&mut self, scope: ScopeId, key: &[impl AsRef<str>]) -> Option<u32> {
        let Self { scopes, attributes, .. } = self;
        let scope = &mut scopes[scope.0];
        if key.is_empty() || key.len() != scope.attributes.len() {
            return None;
        }
        let name = |(attribute, text): (&usize, &_)| {
            let text: &str = AsRef::<str>::as_ref(text);
            attributes[*attribute].1.find(text).unwrap_or(UNKNOWN)
        };
        let tuple: Vec<u32> = scope.attributes.iter().zip(key).map(name).collect();
        Some(scope.add_unseen(&tuple))
    }

    /// The slot of a key projected onto a scope with a subset of its attributes.
    #[must_use]
    pub fn project(&self, from: ScopeId, slot: u32, to: ScopeId) -> Option<u32> {
        if from == to {
            return Some(slot);
        }
        let (from, to) = (&self.scopes[from.0], &self.scopes[to.0]);
        if slot as usize >= from.keys() {
            return None;
        }
        let tuple = from.tuple(slot);
        let names: Option<Vec<u32>> = to
            .attributes
            .iter()
            .map(|wanted| Some(tuple[from.attributes.iter().position(|has| has == wanted)?]))
            .map(|name| name.filter(|name| *name != UNKNOWN))
            .collect();
        to.find(&names?)
    }
}
