//! Metarank's events by the scanner. It must not know what becomes of an event.

use crate::log::line::Origin;
use crate::log::lines::Text;
use crate::log::scan::{Chain, Cursor, Parsed, Place, Raw, START, UNWANTED, Unusual, end, value};
use crate::tape::{Datum, Layout, Parties, Recorder};

use super::{Kind, Member};

/// The members that have a value of their own, by their numbers in a chain.
const MEMBERS: [Member; 10] = [
    Member::Event,
    Member::Timestamp,
    Member::Id,
    Member::Kind,
    Member::Item,
    Member::User,
    Member::Session,
    Member::Ranking,
    Member::Fields,
    Member::Items,
];
const EVENT: usize = 0;
const TIMESTAMP: usize = 1;
const ID: usize = 2;
const KIND: usize = 3;
const ITEM: usize = 4;
const USER: usize = 5;
const SESSION: usize = 6;
const RANKING: usize = 7;

/// The members of a field, by their numbers in a chain.
const NAME: u32 = 0;
const VALUE: u32 = 1;

/// Reads events that are written like those before.
pub(super) struct Scanner {
    /// The wanted fields.
    names: Vec<String>,
    event: Chain,
    field: Chain,
    item: Chain,
    /// The fields and the listed items of the line at hand.
    fields: Vec<(usize, Raw)>,
    items: Vec<Raw>,
    parsed: Parsed,
}

/// The members of a line.
#[derive(Default)]
struct Found {
    values: [Option<Raw>; MEMBERS.len()],
    /// A bit for each member that the line has.
    seen: u16,
    has_items: bool,
}

impl Scanner {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            names: layout.names().to_vec(),
            event: Chain::new(),
            field: Chain::new(),
            item: Chain::new(),
            fields: Vec::new(),
            items: Vec::new(),
            parsed: Parsed::default(),
        }
    }

    /// Reads a line into the recorder, which takes no line that is unusual.
    #[inline]
    pub(super) fn read(
        &mut self,
        text: Text<'_>,
        line: Origin,
        recorder: &mut Recorder,
    ) -> Result<(), Unusual> {
        let block = text.block();
        let mut cursor = Cursor::new(block.as_bytes());
        cursor.space();
        let found = self.event(&mut cursor, block)?;
        end(&mut cursor, text.length())?;

        let parsed = &self.parsed;
        let datum = |raw: &Raw| raw.datum(block, parsed);
        let of = |member: usize| found.values.get(member)?.as_ref().and_then(datum);
        let Some(Datum::Text(kind)) = of(EVENT) else { return Err(Unusual) };
        let kind = Kind::of(&kind).ok_or(Unusual)?;
        let id = if line.dedup { of(ID) } else { None };
        let mark = line.mark(of(TIMESTAMP).as_ref(), id.as_ref()).map_err(|_| Unusual)?;
        let fields = self.fields.iter().filter_map(|(number, raw)| Some((*number, datum(raw)?)));
        match kind {
            Kind::Interaction => {
                let parties = Parties {
                    item: of(ITEM),
                    user: of(USER),
                    session: of(SESSION),
                    ranking: of(RANKING),
                };
                match of(KIND).ok_or(Unusual)? {
                    Datum::Text(kind) => recorder.interaction(mark, &kind, &parties, fields),
                    kind => {
                        let kind = kind.to_value().key_text().ok_or(Unusual)?;
                        recorder.interaction(mark, &kind, &parties, fields)
                    }
                }
            }
            Kind::Item => recorder.item(mark, of(ITEM).as_ref(), fields),
            Kind::User => recorder.user(mark, of(USER).as_ref(), fields),
            Kind::Ranking if !found.has_items => return Err(Unusual),
            Kind::Ranking => {
                let parties =
                    Parties { item: None, user: of(USER), session: of(SESSION), ranking: of(ID) };
                recorder.ranking(mark, &parties, fields, self.items.iter().filter_map(datum))
            }
        }
        .map_err(|_| Unusual)
    }

    /// Reads the members of a line.
    #[inline]
    fn event(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<Found, Unusual> {
        self.fields.clear();
        self.items.clear();
        self.parsed.clear();
        let mut found = Found::default();
        let mut place = START;
        while let Some(next) = self.event.next(cursor, place, number)? {
            place = next;
            let number = self.event.member(place) as usize;
            let Some(member) = MEMBERS.get(number) else {
                cursor.skip()?;
                continue;
            };
            if found.seen & 1 << number != 0 {
                // The second one of that name.
                return Err(Unusual);
            }
            found.seen |= 1 << number;
            match member {
                Member::Fields => self.fields(cursor, block)?,
                Member::Items => {
                    self.items(cursor, block)?;
                    found.has_items = true;
                }
                _ => found.values[number] = value(cursor, block, &mut self.parsed)?,
            }
        }
        Ok(found)
    }

    /// Reads a list of fields, each with its name before its value.
    #[inline]
    fn fields(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), Unusual> {
        each(cursor, |cursor| {
            let mut field = None;
            let mut given = None;
            let mut place = START;
            let mut next = |cursor: &mut Cursor<'_>, place: &mut Place| {
                let member = |name: &[u8]| match name {
                    b"name" => NAME,
                    b"value" => VALUE,
                    _ => UNWANTED,
                };
                let Some(next) = self.field.next(cursor, *place, member)? else { return Ok(None) };
                *place = next;
                Ok(Some(self.field.member(next)))
            };
            while let Some(member) = next(cursor, &mut place)? {
                match (member, field) {
                    (NAME, None) => {
                        let name = cursor.plain_text(block)?;
                        field = Some(self.names.iter().position(|wanted| wanted == name));
                    }
                    (VALUE, Some(Some(_))) if given.is_none() => {
                        given = Some(value(cursor, block, &mut self.parsed)?);
                    }
                    (NAME, Some(_)) | (VALUE, None | Some(Some(_))) => return Err(Unusual),
                    _ => cursor.skip()?,
                }
            }
            let field = field.ok_or(Unusual)?;
            self.fields.extend(field.zip(given.flatten()));
            Ok(())
        })
    }

    /// Reads a list of items, each with its id, or of the ids themselves.
    #[inline]
    fn items(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), Unusual> {
        each(cursor, |cursor| {
            let mut id = None;
            match cursor.byte() {
                Some(b'{') => {
                    let mut place = START;
                    let member = |name: &[u8]| if name == b"id" { 0 } else { UNWANTED };
                    while let Some(next) = self.item.next(cursor, place, member)? {
                        place = next;
                        match self.item.member(place) {
                            UNWANTED => cursor.skip()?,
                            _ if id.is_some() => return Err(Unusual),
                            _ => id = scalar(cursor, block, &mut self.parsed)?,
                        }
                    }
                }
                _ => id = scalar(cursor, block, &mut self.parsed)?,
            }
            self.items.push(id.ok_or(Unusual)?);
            Ok(())
        })
    }
}

/// The number of a member.
fn number(name: &[u8]) -> u32 {
    let member = std::str::from_utf8(name).map_or(Member::Other, Member::of);
    MEMBERS.iter().position(|known| *known == member).map_or(UNWANTED, |number| number as u32)
}

/// Reads a value that is no list.
#[inline]
fn scalar(
    cursor: &mut Cursor<'_>,
    block: &str,
    parsed: &mut Parsed,
) -> Result<Option<Raw>, Unusual> {
    if let Some(b'[' | b'{') = cursor.byte() {
        return Err(Unusual);
    }
    value(cursor, block, parsed)
}

/// Goes through the elements of a list.
#[inline]
fn each<'a>(
    cursor: &mut Cursor<'a>,
    mut element: impl FnMut(&mut Cursor<'a>) -> Result<(), Unusual>,
) -> Result<(), Unusual> {
    cursor.expect(b'[')?;
    cursor.space();
    if cursor.byte() == Some(b']') {
        return cursor.expect(b']');
    }
    loop {
        element(cursor)?;
        cursor.space();
        if cursor.byte() == Some(b']') {
            return cursor.expect(b']');
        }
        cursor.expect(b',')?;
        cursor.space();
    }
}
