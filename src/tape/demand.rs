//! The demand on a log, and the layout that follows from it: which members of a line are encoded
//! into which dictionary, and where each column's values come from.

use crate::base::events::{EventSettings, Format, ImpressionSettings, TextNumbers};
use crate::base::metadata::Metadata;

/// The type of synthetic impressions, where any are made.
pub(super) const IMPRESSION: u16 = 0;
/// The type of rows that are not counted: beyond all types.
pub(super) const NO_TYPE: u16 = u16::MAX;

/// The demand of a plan on a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand {
    /// The settings by which lines become events.
    pub settings: EventSettings,
    /// The attributes in use, distinct, as the config writes them: `item`, `item.brand`.
    pub attributes: Vec<String>,
    /// True to add a row per item of each ranking.
    pub listed: bool,
}

/// The origin of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The row's item.
    Item,
    /// The row's user.
    User,
    /// The row's session.
    Session,
    /// The row's ranking.
    Ranking,
    /// The n-th field of the event.
    Own(usize),
    /// The n-th field of the row's item, as joined.
    ItemField(usize),
    /// The n-th field of the row's user, as joined.
    UserField(usize),
    /// The n-th field of the row's ranking, as joined.
    RankingField(usize),
    /// The n-th field of the row's entity of this number, as joined.
    Joined(usize, usize),
}

/// The dictionaries of the four identities in Metarank's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identities {
    pub(super) item: usize,
    pub(super) user: usize,
    pub(super) session: usize,
    pub(super) ranking: usize,
}

/// A kind of entity that metadata of a flat log are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EntityLayout {
    /// The field of an event that names its entity.
    pub(super) on: usize,
    /// The dictionary of the names.
    pub(super) dictionary: usize,
    /// The demanded fields of its metadata.
    pub(super) fields: Fields,
}

/// The demanded fields of one kind of line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    /// Dictionaries, in the order of the cells.
    pub(super) dictionaries: Vec<usize>,
    /// Per name in [`Layout::names`], the field's cell.
    pub(super) cell_of: Vec<Option<usize>>,
}

/// The layout of a log's lines in cells and columns.
///
/// Each demanded attribute has a dictionary; identities that no attribute names, but joins need,
/// have hidden ones behind them.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub(super) format: Format,
    /// The number of dictionaries, hidden ones included.
    pub(super) dictionaries: usize,
    pub(super) identities: Identities,
    /// The distinct names of demanded fields. For flat logs without metadata: the attributes.
    names: Vec<String>,
    /// An event's own fields.
    pub(super) own: Fields,
    pub(super) item: Fields,
    pub(super) user: Fields,
    pub(super) ranking: Fields,
    /// The kinds of entities that flat events are joined with.
    pub(super) entities: Vec<EntityLayout>,
    /// Per demanded attribute, its origin.
    pub(super) origins: Vec<Origin>,
    /// The type of synthetic impressions; `None` if none are made.
    pub(super) impression: Option<u16>,
}

/// Attributes of an interaction that take precedence over fields of the same name.
const IDENTITIES: [&str; 4] = ["item", "user", "session", "ranking"];

impl Layout {
    /// The layout of a log in a format.
    #[must_use]
    pub fn new(demand: &Demand, format: Format) -> Self {
        let attributes = &demand.attributes;
        let mut hidden = attributes.len();
        let [item, user, session, ranking] = IDENTITIES.map(|name| {
            attributes.iter().position(|attribute| attribute == name).unwrap_or_else(|| {
                hidden += 1;
                hidden - 1
            })
        });
        let mut layout = Self {
            format,
            dictionaries: if format == Format::Metarank { hidden } else { attributes.len() },
            entities: Vec::new(),
            identities: Identities { item, user, session, ranking },
            names: Vec::new(),
            own: Fields::default(),
            item: Fields::default(),
            user: Fields::default(),
            ranking: Fields::default(),
            origins: Vec::with_capacity(attributes.len()),
            impression: demand.makes_impressions(format).then_some(IMPRESSION),
        };
        let metadata = &demand.settings.metadata;
        if format == Format::Flat {
            layout.entities(metadata, attributes.len());
        }
        for (dictionary, attribute) in attributes.iter().enumerate() {
            let joined = metadata.meant_by(attribute).filter(|_| format == Format::Flat);
            if let Some((entity, name)) = joined {
                let n = layout.want(name, dictionary, |l| &mut l.entities[entity].fields);
                layout.origins.push(Origin::Joined(entity, n));
                continue;
            }
            let origin = match (format, attribute.as_str()) {
                (Format::Flat, name) => Origin::Own(layout.want(name, dictionary, |l| &mut l.own)),
                (Format::Metarank, "item") => Origin::Item,
                (Format::Metarank, "user") => Origin::User,
                (Format::Metarank, "session") => Origin::Session,
                (Format::Metarank, "ranking") => Origin::Ranking,
                (Format::Metarank, name) => {
                    if let Some(name) = name.strip_prefix("item.") {
                        Origin::ItemField(layout.want(name, dictionary, |l| &mut l.item))
                    } else if let Some(name) = name.strip_prefix("user.") {
                        Origin::UserField(layout.want(name, dictionary, |l| &mut l.user))
                    } else if let Some(name) = name.strip_prefix("ranking.") {
                        Origin::RankingField(layout.want(name, dictionary, |l| &mut l.ranking))
                    } else {
                        Origin::Own(layout.want(name, dictionary, |l| &mut l.own))
                    }
                }
            };
            layout.origins.push(origin);
        }
        layout
    }

    /// The format of the log.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The layout of entities, whose names lie in hidden dictionaries behind the attributes, and the
    /// fields that tell metadata from events.
    fn entities(&mut self, metadata: &Metadata, attributes: usize) {
        for (number, entity) in metadata.entities.iter().enumerate() {
            let on = self.name(&entity.on);
            let fields = Fields { dictionaries: Vec::new(), cell_of: vec![None; self.names.len()] };
            self.entities.push(EntityLayout { on, dictionary: attributes + number, fields });
        }
        self.dictionaries += metadata.entities.len();
        for source in &metadata.sources {
            self.name(&source.key);
            if let Some(when) = &source.when {
                when.tests(&mut |name, _| {
                    self.name(name);
                });
            }
        }
    }

    /// True if rows are joined with metadata of a flat log.
    pub(super) const fn has_entities(&self) -> bool {
        !self.entities.is_empty()
    }

    /// True if an event's cells begin with its item, user, session and ranking.
    pub(super) fn has_parties(&self) -> bool {
        self.format == Format::Metarank
    }

    /// True if the ranking of an interaction matters: for impressions, or for its fields.
    pub(super) fn follows_rankings(&self) -> bool {
        self.impression.is_some() || !self.ranking.dictionaries.is_empty()
    }

    /// The names of the demanded fields of all kinds of line; for flat logs, the demanded
    /// attributes in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The index of a demanded field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|wanted| wanted == name)
    }

    /// The index of a field, which is demanded from now on.
    fn name(&mut self, name: &str) -> usize {
        self.field(name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            let Self { own, item, user, ranking, entities, .. } = self;
            let joined = entities.iter_mut().map(|entity| &mut entity.fields);
            for fields in [own, item, user, ranking].into_iter().chain(joined) {
                fields.cell_of.push(None);
            }
            self.names.len() - 1
        })
    }

    /// Assigns a cell to a field of one kind of line.
    fn want(
        &mut self,
        name: &str,
        dictionary: usize,
        fields: impl FnOnce(&mut Self) -> &mut Fields,
    ) -> usize {
        let index = self.name(name);
        let fields = fields(self);
        let cell = fields.dictionaries.len();
        fields.dictionaries.push(dictionary);
        fields.cell_of[index] = Some(cell);
        cell
    }
}

impl Demand {
    /// Per attribute, whether its texts are read as numbers; empty if none are.
    pub(super) fn text_numbers(&self) -> Vec<bool> {
        match &self.settings.numbers {
            TextNumbers::None => Vec::new(),
            TextNumbers::All => vec![true; self.attributes.len()],
            TextNumbers::Of(names) => {
                self.attributes.iter().map(|attribute| names.contains(attribute)).collect()
            }
        }
    }

    /// True if config and format allow synthetic impressions.
    pub(super) fn makes_impressions(&self, format: Format) -> bool {
        let ImpressionSettings { enabled, used, .. } = self.settings.impressions;
        enabled && used && format == Format::Metarank
    }
}

#[cfg(test)]
mod tests {
    use crate::base::metadata::{Entity, MetadataSource};

    use super::*;

    #[test]
    fn identities_that_nobody_demands_are_hidden_behind_the_attributes() {
        let demand = Demand {
            attributes: ["item.brand", "user", "watch", "user.brand"].map(Into::into).to_vec(),
            ..Demand::default()
        };
        let layout = Layout::new(&demand, Format::Metarank);
        assert_eq!(layout.identities, Identities { item: 4, user: 1, session: 5, ranking: 6 });
        assert_eq!(layout.dictionaries, 7);
        assert_eq!(layout.names(), ["brand", "watch"]);
        assert_eq!(
            layout.origins,
            [Origin::ItemField(0), Origin::User, Origin::Own(0), Origin::UserField(0)]
        );
        assert_eq!(layout.item.cell_of, [Some(0), None]);
        assert_eq!(layout.own.cell_of, [None, Some(0)]);
    }

    #[test]
    fn metadata_of_a_flat_log_have_cells_of_their_own() {
        let entity = |name: &str, on: &str| Entity { name: name.into(), on: on.into() };
        let source = MetadataSource { entity: 1, key: "id".into(), when: None, file: None };
        let mut demand = Demand {
            attributes: ["q.text", "text", "id", "q.id"].map(Into::into).to_vec(),
            ..Demand::default()
        };
        let entities = vec![entity("user", "user"), entity("q", "q_id")];
        demand.settings.metadata =
            Metadata { entities, sources: vec![source], ..Metadata::default() };
        let layout = Layout::new(&demand, Format::Flat);
        assert_eq!(layout.names(), ["user", "q_id", "id", "text"]);
        assert_eq!(
            layout.origins,
            [Origin::Joined(1, 0), Origin::Own(0), Origin::Own(1), Origin::Joined(1, 1)]
        );
        let [user, q] = layout.entities.as_slice() else { panic!("two kinds") };
        assert_eq!((user.on, user.dictionary, q.on, q.dictionary), (0, 4, 1, 5));
        assert_eq!(q.fields.cell_of, [None, None, Some(1), Some(0)]);
        assert_eq!(layout.own.cell_of, [None, None, Some(1), Some(0)]);
        assert_eq!((q.fields.dictionaries.as_slice(), layout.dictionaries), (&[0, 3][..], 6));
        // Metarank's events bring their own.
        assert!(!Layout::new(&demand, Format::Metarank).has_entities());
    }

    #[test]
    fn a_flat_log_knows_no_joins() {
        let demand = Demand {
            attributes: ["item.brand", "item"].map(Into::into).to_vec(),
            ..Demand::default()
        };
        let layout = Layout::new(&demand, Format::Flat);
        assert_eq!(layout.origins, [Origin::Own(0), Origin::Own(1)]);
        assert_eq!(layout.dictionaries, 2);
    }
}
