//! The parser of Metarank's events, by `serde_json`: decides on every line.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::log::json::value::{Compound, Nothing, Plain, Value, Word, object};
use crate::log::line::{LineError, Origin, type_text};
use crate::tape::{BatchEncoder, Datum, Layout, Parties, Reason};

use super::members::{Kind, Member};

/// Parses Metarank's events of any shape.
pub(super) struct Parser;

impl crate::log::reading::Parser for Parser {
    fn read(&self, text: &str, line: Origin, encoder: &mut BatchEncoder) -> Result<(), LineError> {
        let event = object(text, EventVisitor { layout: encoder.layout() })?;
        let kind = event.which.ok_or(Reason::UnknownEventKind)?;
        let [time, id] =
            [&event.timestamp, &event.id].map(|datum| datum.as_ref().map(Datum::borrowed));
        let mark = line.mark(time, id)?;
        let Event { id, mut parties, fields, .. } = event;
        match kind {
            Kind::Interaction => {
                let kind = event.kind.ok_or(Reason::NoType)?;
                if let Datum::Text(kind) = &kind {
                    encoder.interaction(mark, kind, &parties, fields)?;
                } else {
                    let kind = type_text(kind.borrowed())?;
                    encoder.interaction(mark, &kind, &parties, fields)?;
                }
            }
            Kind::Item => encoder.item(mark, parties.item.as_ref(), fields)?,
            Kind::User => encoder.user(mark, parties.user.as_ref(), fields)?,
            Kind::Ranking => {
                let items = event.items.ok_or(Reason::NoItems)?;
                parties.ranking = id;
                encoder.ranking(mark, &parties, fields, items)?;
            }
        }
        Ok(())
    }
}

/// The required members of an event.
#[derive(Default)]
struct Event<'de> {
    which: Option<Kind>,
    timestamp: Option<Datum<'de>>,
    id: Option<Datum<'de>>,
    kind: Option<Datum<'de>>,
    parties: Parties<Datum<'de>>,
    fields: Vec<(usize, Datum<'de>)>,
    items: Option<Vec<Datum<'de>>>,
}

struct EventVisitor<'l> {
    layout: &'l Layout,
}

impl<'de> Visitor<'de> for EventVisitor<'_> {
    type Value = Event<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut event = Event::default();
        while let Some(member) = members.next_key_seed(Word(Member::of))? {
            match member {
                Member::Event => event.which = members.next_value_seed(Word(Kind::of))?,
                Member::Timestamp => event.timestamp = members.next_value_seed(Value(Plain))?,
                Member::Id => event.id = members.next_value_seed(Value(Plain))?,
                Member::Kind => event.kind = members.next_value_seed(Value(Plain))?,
                Member::Item => event.parties.item = members.next_value_seed(Value(Plain))?,
                Member::User => event.parties.user = members.next_value_seed(Value(Plain))?,
                Member::Session => event.parties.session = members.next_value_seed(Value(Plain))?,
                Member::Ranking => event.parties.ranking = members.next_value_seed(Value(Plain))?,
                Member::Fields => {
                    event.fields.clear();
                    let fields = Fields { layout: self.layout, fields: &mut event.fields };
                    members.next_value_seed(Nullable(fields))?;
                }
                Member::Items => {
                    let mut items = Vec::new();
                    let given = members.next_value_seed(Nullable(Items { items: &mut items }))?;
                    event.items = given.then_some(items);
                }
                Member::Other => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(event)
    }
}

/// Reads a list that may be null; true if it is present.
struct Nullable<V>(V);

impl<'de, V: Visitor<'de, Value = ()>> DeserializeSeed<'de> for Nullable<V> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<bool, D::Error> {
        value.deserialize_option(self)
    }
}

impl<'de, V: Visitor<'de, Value = ()>> Visitor<'de> for Nullable<V> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<bool, D::Error> {
        value.deserialize_seq(self.0).map(|()| true)
    }
}

/// Reads the required fields of a list of `{name, value}`.
struct Fields<'l, 'f, 'de> {
    layout: &'l Layout,
    fields: &'f mut Vec<(usize, Datum<'de>)>,
}

impl<'de> Visitor<'de> for Fields<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of fields")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(field) = elements.next_element_seed(Field { layout: self.layout })? {
            self.fields.extend(field);
        }
        Ok(())
    }
}

struct Field<'l> {
    layout: &'l Layout,
}

enum FieldMember {
    Name,
    Value,
    Other,
}

impl FieldMember {
    fn of(name: &str) -> Self {
        match name {
            "name" => Self::Name,
            "value" => Self::Value,
            _ => Self::Other,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Field<'_> {
    type Value = Option<(usize, Datum<'de>)>;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
        value.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Field<'_> {
    type Value = Option<(usize, Datum<'de>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field with a name and a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        // `None` until the name is read; then the field, if it is required.
        let mut name: Option<Option<usize>> = None;
        let mut value = None;
        while let Some(member) = members.next_key_seed(Word(FieldMember::of))? {
            match (member, name) {
                (FieldMember::Name, _) => {
                    name =
                        Some(members.next_value_seed(Word(|name: &str| self.layout.field(name)))?);
                }
                (FieldMember::Value, Some(None)) | (FieldMember::Other, _) => {
                    members.next_value::<IgnoredAny>()?;
                }
                (FieldMember::Value, _) => value = members.next_value_seed(Value(Plain))?,
            }
        }
        match name {
            Some(field) => Ok(field.zip(value)),
            None => Err(A::Error::missing_field("name")),
        }
    }
}

/// Reads the ids of a ranking's items: a list of `{id, …}`, or of the ids themselves.
struct Items<'f, 'de> {
    items: &'f mut Vec<Datum<'de>>,
}

impl<'de> Visitor<'de> for Items<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(item) = elements.next_element_seed(Value(Item))? {
            self.items.push(item.ok_or_else(|| A::Error::missing_field("id"))?);
        }
        Ok(())
    }
}

/// Reads the id of an item.
struct Item;

impl<'de> Compound<'de> for Item {
    fn list<A: SeqAccess<'de>>(self, elements: A) -> Result<Option<Datum<'de>>, A::Error> {
        Nothing.list(elements)
    }

    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<Option<Datum<'de>>, A::Error> {
        let mut id = None;
        while let Some(is_id) = members.next_key_seed(Word(|name: &str| name == "id"))? {
            if is_id {
                id = members.next_value_seed(Value(Nothing))?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(id)
    }
}
