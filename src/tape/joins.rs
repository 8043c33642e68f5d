//! The values of a row: its own, and what is known of its item, its user and its ranking. It must
//! not know events or time.

use super::demand::{Layout, Origin};
use super::known::Known;

/// Who and what a row is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) item: u32,
    pub(super) user: u32,
    pub(super) session: u32,
    pub(super) ranking: u32,
}

/// What is known of everything at one moment.
#[derive(Clone, Debug)]
pub(super) struct Joins {
    origins: Vec<Origin>,
    pub(super) items: Known,
    pub(super) users: Known,
    pub(super) rankings: Known,
}

impl Joins {
    /// Nothing is known yet.
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            origins: layout.origins.clone(),
            items: Known::new(layout.item.dictionaries.len()),
            users: Known::new(layout.user.dictionaries.len()),
            rankings: Known::new(layout.ranking.dictionaries.len()),
        }
    }

    /// Forgets all fields.
    pub(super) fn clear(&mut self) {
        self.items.clear();
        self.users.clear();
        self.rankings.clear();
    }

    /// A number for each column: of a row with this subject and these fields of its own.
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
        })
    }
}
