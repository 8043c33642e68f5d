//! The values of a row: its own, and what is known of its item, its user and its ranking. It must
//! not know events or time.

use super::metadata::MetadataJoin;
use crate::tape::demand::{Layout, Origin};

/// Who and what a row is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tape) struct Subject {
    pub(in crate::tape) item: u32,
    pub(in crate::tape) user: u32,
    pub(in crate::tape) session: u32,
    pub(in crate::tape) ranking: u32,
}

/// What is known of everything at one moment.
#[derive(Clone, Debug)]
pub(in crate::tape) struct Joins {
    origins: Vec<Origin>,
    pub(in crate::tape) items: MetadataJoin,
    pub(in crate::tape) users: MetadataJoin,
    pub(in crate::tape) rankings: MetadataJoin,
}

impl Joins {
    /// Nothing is known yet.
    pub(in crate::tape) fn new(layout: &Layout) -> Self {
        Self {
            origins: layout.origins.clone(),
            items: MetadataJoin::new(layout.item.dictionaries.len()),
            users: MetadataJoin::new(layout.user.dictionaries.len()),
            rankings: MetadataJoin::new(layout.ranking.dictionaries.len()),
        }
    }

    /// Forgets all fields.
    pub(in crate::tape) fn clear(&mut self) {
        self.items.clear();
        self.users.clear();
        self.rankings.clear();
    }

    /// A number for each column: of a row with this subject and these fields of its own.
    pub(in crate::tape) fn row(&self, subject: Subject, own: &[u32]) -> impl Iterator<Item = u32> {
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
        })
    }
}
