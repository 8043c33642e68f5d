//! Metadata of flat logs, as plain data: which lines say something about an entity, and by which
//! member an event is joined with what is known of one.

use std::path::{Path, PathBuf};

use super::filter::Filter;

/// What events of a flat log are joined with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Metadata {
    /// The kinds of entities.
    pub entities: Vec<Entity>,
    /// Where metadata come from.
    pub sources: Vec<MetadataSource>,
    /// The source whose file a log is; `None` for logs of events.
    pub of_file: Option<usize>,
}

/// A kind of entity that metadata are about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entity {
    /// Its name: `query` for the attributes `query.text`, `query.lang`.
    pub name: String,
    /// The member of an event that names its entity.
    pub on: String,
}

/// Lines that say something about entities of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataSource {
    /// The kind of entity, an index into [`Metadata::entities`].
    pub entity: usize,
    /// The member of a line that names the entity.
    pub key: String,
    /// The filter that a line must pass; `None` for all lines.
    pub when: Option<Filter<String>>,
    /// The file with the lines; `None` for lines of the log itself.
    pub file: Option<PathBuf>,
}

impl Metadata {
    /// True if events are joined with nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// The kind of entity, and the member of its metadata, that an attribute means.
    #[must_use]
    pub fn meant_by<'a>(&self, attribute: &'a str) -> Option<(usize, &'a str)> {
        let (name, member) = attribute.split_once('.')?;
        let entity = self.entities.iter().position(|entity| entity.name == name)?;
        Some((entity, member))
    }

    /// The sources with a file, by number.
    pub fn files(&self) -> impl Iterator<Item = (usize, &Path)> {
        let sources = self.sources.iter().enumerate();
        sources.filter_map(|(number, source)| Some((number, source.file.as_deref()?)))
    }

    /// Makes the paths of files, which are relative to the folder of the config, relative to where
    /// the program runs.
    pub fn locate(&mut self, config: &Path) {
        let Some(folder) = config.parent() else { return };
        for file in self.sources.iter_mut().filter_map(|source| source.file.as_mut()) {
            *file = folder.join(&*file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_beside_the_config() {
        let located = |config: &str, file: &str| {
            let file = Some(file.into());
            let source = MetadataSource { entity: 0, key: "id".into(), when: None, file };
            let mut metadata = Metadata { sources: vec![source], ..Metadata::default() };
            metadata.locate(Path::new(config));
            metadata.files().map(|(_, path)| path.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(located("a/config.yaml", "b/c.csv"), [Path::new("a/b/c.csv")]);
        assert_eq!(located("config.yaml", "c.csv"), [Path::new("c.csv")]);
        assert_eq!(located("a/config.yaml", "/b/c.csv"), [Path::new("/b/c.csv")]);
        assert_eq!(located("-", "c.csv"), [Path::new("c.csv")]);
    }

    #[test]
    fn a_prefix_means_a_join() {
        let entity = |name: &str| Entity { name: name.into(), on: "id".into() };
        let entities = vec![entity("query"), entity("user")];
        let metadata = Metadata { entities, ..Metadata::default() };
        assert_eq!(metadata.meant_by("user.geo.country"), Some((1, "geo.country")));
        for own in ["user", "users.geo", "geo.user.x"] {
            assert_eq!(metadata.meant_by(own), None, "{own}");
        }
    }
}
