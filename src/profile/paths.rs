//! The paths of fields, numbered as they first appear: `price`, `user.id`, `items[].price`, `tags[]`.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Stands for no path.
const NONE: u32 = u32::MAX;

/// All paths, as a tree.
#[derive(Debug)]
pub(super) struct Paths {
    nodes: Vec<Node>,
    /// The members of all objects, by the object and their names.
    members: HashTable<u32>,
    most: usize,
    /// The list of which each element is an event.
    each: Option<String>,
    is_metarank: bool,
    /// The names of members that are ids of events, and the numbers of those that were there.
    ids: (Vec<String>, Vec<u32>),
    /// The paths of which no values are wanted.
    unwanted: Vec<String>,
}

/// A value at a path.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself, for each value")]
struct Node {
    /// The name of the member; empty for elements.
    name: Box<str>,
    path: String,
    /// What it is a member or an element of.
    parent: u32,
    /// Its first member, and its elements.
    first: u32,
    element: u32,
    /// The member of the same object that followed it the last time.
    follower: u32,
    is_each: bool,
    /// True if it leads into a list.
    is_in_list: bool,
    /// True if it is a list of objects that each have a name and a value.
    names_values: bool,
    /// True if no values of it are wanted.
    is_unwanted: bool,
}

/// The number of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PathId(u32);

impl PathId {
    pub(super) const ROOT: Self = Self(0);

    /// The path with this number.
    pub(super) fn of(number: usize) -> Option<Self> {
        u32::try_from(number).ok().map(Self)
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Paths {
    /// No paths yet; at most so many, besides the root.
    pub(super) fn new(most: usize, each: Option<&str>) -> Self {
        let root = Node::new("", String::new(), NONE);
        let members = HashTable::new();
        Self {
            nodes: vec![root],
            members,
            most,
            each: each.map(str::to_owned),
            is_metarank: false,
            ids: (Vec::new(), Vec::new()),
            unwanted: Vec::new(),
        }
    }

    /// Sets the names of members that are ids of events.
    pub(super) fn set_ids(&mut self, names: Vec<String>) {
        self.ids.0 = names;
    }

    /// Sets the paths of which no values are wanted. Call before the first event.
    pub(super) fn set_unwanted(&mut self, paths: Vec<String>) {
        self.unwanted = paths;
    }

    /// True if no values of it are wanted.
    #[inline]
    pub(super) fn is_unwanted(&self, path: PathId) -> bool {
        self.nodes[path.index()].is_unwanted
    }

    /// The number of paths.
    pub(super) const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The first path with this text.
    pub(super) fn named(&self, text: &str) -> Option<PathId> {
        PathId::of(self.nodes.iter().position(|node| node.path == text)?)
    }

    /// True if it is the id of an event.
    #[inline]
    pub(super) fn is_id(&self, path: PathId) -> bool {
        self.ids.1.contains(&path.0)
    }

    /// From here on the fields of Metarank's events have their own names.
    pub(super) const fn set_metarank(&mut self) {
        self.is_metarank = true;
    }

    /// The path as text; empty for the root.
    pub(super) fn text(&self, path: PathId) -> &str {
        self.nodes.get(path.index()).map_or("", |node| &node.path)
    }

    /// True if it leads into a list.
    pub(super) fn is_in_list(&self, path: PathId) -> bool {
        self.nodes[path.index()].is_in_list
    }

    /// True if it is the list of which each element is an event.
    pub(super) fn is_each(&self, path: PathId) -> bool {
        self.nodes[path.index()].is_each
    }

    /// True if it is a list of fields with a name and a value each.
    pub(super) fn names_values(&self, path: PathId) -> bool {
        self.nodes[path.index()].names_values
    }

    /// The member of an object, of which `before` came just before it; `None` if there are too many
    /// paths.
    #[inline]
    pub(super) fn member(
        &mut self,
        of: PathId,
        before: Option<PathId>,
        name: &str,
    ) -> Option<PathId> {
        let likely = match before {
            Some(before) => self.nodes[before.index()].follower,
            None => self.nodes[of.index()].first,
        };
        if let Some(node) = self.nodes.get(likely as usize)
            && *node.name == *name
        {
            return Some(PathId(likely));
        }
        let found = self.find(of, name).or_else(|| self.add_member(of, name))?;
        if let Some(before) = before {
            self.nodes[before.index()].follower = found.0;
        }
        Some(found)
    }

    fn find(&self, of: PathId, name: &str) -> Option<PathId> {
        let is_it = |number: &u32| {
            let node = &self.nodes[*number as usize];
            node.parent == of.0 && *node.name == *name
        };
        self.members.find(hash(of.0, name), is_it).map(|number| PathId(*number))
    }

    #[cold]
    fn add_member(&mut self, of: PathId, name: &str) -> Option<PathId> {
        let parent = &self.nodes[of.index()];
        let path = match parent.path.as_str() {
            // The fields of an event are named like its members.
            _ if parent.names_values => match parent.path.strip_suffix("fields") {
                Some(outer) => format!("{outer}{name}"),
                None => name.to_owned(),
            },
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        let is_fields = name == "fields" && matches!(parent.path.as_str(), "" | "items[]");
        let mut node = Node::new(name, path, of.0);
        node.is_in_list = parent.is_in_list;
        node.is_each = self.each.as_ref() == Some(&node.path);
        node.names_values = self.is_metarank && is_fields && !parent.names_values;
        let added = self.add(node)?;
        if of == PathId::ROOT && self.ids.0.iter().any(|id| id == name) {
            self.ids.1.push(added.0);
        }
        let Self { nodes, members, .. } = self;
        members.insert_unique(hash(of.0, name), added.0, |number| {
            let node = &nodes[*number as usize];
            hash(node.parent, &node.name)
        });
        let first = &mut nodes[of.index()].first;
        if *first == NONE {
            *first = added.0;
        }
        Some(added)
    }

    /// The elements of a list.
    pub(super) fn elements(&mut self, of: PathId) -> Option<PathId> {
        let node = &self.nodes[of.index()];
        if node.element != NONE {
            return Some(PathId(node.element));
        }
        let path = format!("{}[]", node.path);
        let mut node = Node::new("", path, of.0);
        node.is_in_list = true;
        let added = self.add(node)?;
        self.nodes[of.index()].element = added.0;
        Some(added)
    }

    fn add(&mut self, mut node: Node) -> Option<PathId> {
        if self.nodes.len() > self.most {
            return None;
        }
        node.is_unwanted = self.unwanted.contains(&node.path);
        let number = u32::try_from(self.nodes.len()).ok()?;
        self.nodes.push(node);
        Some(PathId(number))
    }
}

impl Node {
    fn new(name: &str, path: String, parent: u32) -> Self {
        Self {
            name: name.into(),
            path,
            parent,
            first: NONE,
            element: NONE,
            follower: NONE,
            is_each: false,
            is_in_list: false,
            names_values: false,
            is_unwanted: false,
        }
    }
}

fn hash(parent: u32, name: &str) -> u64 {
    xxh3_64_with_seed(name.as_bytes(), parent.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_number_whatever_came_before() {
        let mut paths = Paths::new(8, Some("items"));
        let a = paths.member(PathId::ROOT, None, "a").unwrap();
        let items = paths.member(PathId::ROOT, Some(a), "items").unwrap();
        assert!(paths.is_each(items) && !paths.is_each(a));
        assert_eq!(paths.member(PathId::ROOT, None, "items"), Some(items));
        assert_eq!(paths.member(PathId::ROOT, Some(items), "a"), Some(a));
        let element = paths.elements(items).unwrap();
        assert_eq!(paths.elements(items), Some(element));
        let price = paths.member(element, None, "price").unwrap();
        assert_eq!(paths.text(price), "items[].price");
        assert!(paths.is_in_list(price) && !paths.is_in_list(items));
        let named = paths.member(PathId::ROOT, None, "b[]").unwrap();
        assert!(!paths.is_in_list(named), "it is only called so");
        // A member of the same name elsewhere is another path.
        let own = paths.member(PathId::ROOT, Some(items), "price").unwrap();
        assert_eq!(paths.text(own), "price");
        assert_ne!(own, price);
    }

    #[test]
    fn there_are_no_more_paths_than_may_be() {
        let mut paths = Paths::new(2, None);
        assert!(paths.member(PathId::ROOT, None, "a").is_some());
        assert!(paths.member(PathId::ROOT, None, "b").is_some());
        assert!(paths.member(PathId::ROOT, None, "c").is_none());
        assert!(paths.member(PathId::ROOT, None, "a").is_some());
    }
}
