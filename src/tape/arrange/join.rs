//! Joins the columns of a row: its own fields, and the metadata of its item, user and ranking, or of
//! the entities of a flat log.

use super::metadata::MetadataJoin;
use crate::tape::demand::{Layout, Origin};

/// The item, user, session and ranking of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) item: u32,
    pub(super) user: u32,
    pub(super) session: u32,
    pub(super) ranking: u32,
}

/// The metadata of all entities at one position of the log.
#[derive(Clone, Debug)]
pub(super) struct Joins {
    origins: Vec<Origin>,
    pub(super) items: MetadataJoin,
    pub(super) users: MetadataJoin,
    pub(super) rankings: MetadataJoin,
    /// Those of a flat log, by number.
    pub(super) entities: Vec<MetadataJoin>,
}

impl Joins {
    /// Joins without metadata.
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            origins: layout.origins.clone(),
            items: MetadataJoin::new(layout.item.dictionaries.len()),
            users: MetadataJoin::new(layout.user.dictionaries.len()),
            rankings: MetadataJoin::new(layout.ranking.dictionaries.len()),
            entities: layout
                .entities
                .iter()
                .map(|entity| MetadataJoin::new(entity.fields.dictionaries.len()))
                .collect(),
        }
    }

    /// Drops all metadata.
    pub(super) fn clear(&mut self) {
        self.items.clear();
        self.users.clear();
        self.rankings.clear();
        self.entities.iter_mut().for_each(MetadataJoin::clear);
    }

    /// The value ids of a row, per column.
    pub(super) fn row(&self, subject: Subject, own: &[u32]) -> impl Iterator<Item = u32> {
        let item = self.items.fields(subject.item);
        let user = self.users.fields(subject.user);
        let ranking = self.rankings.fields(subject.ranking);
        self.origins.iter().map(move |origin| match *origin {
            Origin::Item => subject.item,
            Origin::User => subject.user,
            Origin::Session => subject.session,
            Origin::Ranking => subject.ranking,
            Origin::Own(n) => own.get(n).copied().unwrap_or(0),
            Origin::ItemField(n) => item.get(n).copied().unwrap_or(0),
            Origin::UserField(n) => user.get(n).copied().unwrap_or(0),
            Origin::RankingField(n) => ranking.get(n).copied().unwrap_or(0),
            Origin::Joined(..) => 0,
        })
    }

    /// The value ids of a row of a flat log, per column; `names` are those of its entities.
    pub(super) fn flat_row(&self, names: &[u32], own: &[u32]) -> impl Iterator<Item = u32> {
        self.origins.iter().map(move |origin| match *origin {
            Origin::Own(n) => own.get(n).copied().unwrap_or(0),
            Origin::Joined(entity, n) => {
                self.entities[entity].fields(names[entity]).get(n).copied().unwrap_or(0)
            }
            _ => 0,
        })
    }
}
