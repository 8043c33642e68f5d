//! Metarank's events by the scanner. It must not know what becomes of an event.

use crate::log::json::scan::{
    Cursor, MemberPredictor, NeedsParser, Parsed, Raw, START, UNWANTED, member, pass, value,
};
use crate::log::line::{Origin, type_text};
use crate::log::reading;
use crate::tape::{BatchEncoder, DatumRef, Layout, Parties};

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
    event: MemberPredictor,
    field: MemberPredictor,
    item: MemberPredictor,
    /// What the line at hand has.
    found: Found,
    /// Its fields, and the items that it lists.
    fields: Vec<(usize, Raw)>,
    items: Vec<Raw>,
    parsed: Parsed,
}

/// The members of a line.
struct Found {
    values: [Raw; MEMBERS.len()],
    /// A bit for each member that the line has.
    seen: u16,
    has_items: bool,
}

impl Found {
    const NOTHING: Self = Self { values: [Raw::MISSING; MEMBERS.len()], seen: 0, has_items: false };
}

impl Scanner {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            names: layout.names().to_vec(),
            event: MemberPredictor::new(),
            field: MemberPredictor::new(),
            item: MemberPredictor::new(),
            found: Found::NOTHING,
            fields: Vec::new(),
            items: Vec::new(),
            parsed: Parsed::default(),
        }
    }

    /// Reads a list of fields, each with its name before its value.
    #[inline]
    fn fields(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), NeedsParser> {
        each(cursor, |cursor| {
            let mut field = None;
            let mut given = None;
            let mut from = START;
            let known = |name: &[u8]| match name {
                b"name" => NAME,
                b"value" => VALUE,
                _ => UNWANTED,
            };
            while let Some(step) = self.field.next(cursor, from, known)? {
                from = step;
                match (step.member, field) {
                    (NAME, None) => {
                        let name = member(cursor, step, block, &mut self.parsed)?;
                        let Some(DatumRef::Text(name)) = name.datum(block, &self.parsed) else {
                            return Err(NeedsParser);
                        };
                        field = Some(self.names.iter().position(|wanted| wanted == name));
                    }
                    (VALUE, Some(Some(_))) if given.is_none() => {
                        given = Some(member(cursor, step, block, &mut self.parsed)?);
                    }
                    (NAME, Some(_)) | (VALUE, None | Some(Some(_))) => return Err(NeedsParser),
                    _ => pass(cursor, step)?,
                }
            }
            let field = field.ok_or(NeedsParser)?;
            self.fields.extend(field.zip(given));
            Ok(())
        })
    }

    /// Reads a list of items, each with its id, or of the ids themselves.
    #[inline]
    fn items(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), NeedsParser> {
        each(cursor, |cursor| {
            let mut id = None;
            match cursor.byte() {
                Some(b'{') => {
                    let mut from = START;
                    let known = |name: &[u8]| if name == b"id" { 0 } else { UNWANTED };
                    while let Some(step) = self.item.next(cursor, from, known)? {
                        from = step;
                        match step.member {
                            UNWANTED => pass(cursor, step)?,
                            _ if id.is_some() => return Err(NeedsParser),
                            _ if !step.is_text && is_compound(cursor) => return Err(NeedsParser),
                            _ => id = Some(member(cursor, step, block, &mut self.parsed)?),
                        }
                    }
                }
                _ if is_compound(cursor) => return Err(NeedsParser),
                _ => id = Some(value(cursor, block, &mut self.parsed)?),
            }
            self.items.push(id.filter(|id| *id != Raw::MISSING).ok_or(NeedsParser)?);
            Ok(())
        })
    }
}

impl reading::Scanner for Scanner {
    fn scan(&mut self, cursor: &mut Cursor<'_>, block: &str) -> Result<(), NeedsParser> {
        self.fields.clear();
        self.items.clear();
        self.parsed.clear();
        self.found = Found::NOTHING;
        let mut from = START;
        while let Some(step) = self.event.next(cursor, from, number)? {
            from = step;
            let number = step.member as usize;
            let Some(known) = MEMBERS.get(number) else {
                pass(cursor, step)?;
                continue;
            };
            if self.found.seen & 1 << number != 0 {
                // The second one of that name.
                return Err(NeedsParser);
            }
            self.found.seen |= 1 << number;
            match known {
                Member::Fields | Member::Items if step.is_text => return Err(NeedsParser),
                Member::Fields => self.fields(cursor, block)?,
                Member::Items => {
                    self.items(cursor, block)?;
                    self.found.has_items = true;
                }
                _ => self.found.values[number] = member(cursor, step, block, &mut self.parsed)?,
            }
        }
        Ok(())
    }

    fn record(
        &self,
        block: &str,
        line: Origin,
        recorder: &mut BatchEncoder,
    ) -> Result<(), NeedsParser> {
        let datum = |raw: &Raw| raw.datum(block, &self.parsed);
        let of = |member: usize| self.found.values.get(member).and_then(datum);
        let Some(DatumRef::Text(kind)) = of(EVENT) else { return Err(NeedsParser) };
        let kind = Kind::of(kind).ok_or(NeedsParser)?;
        let id = if line.dedup { of(ID) } else { None };
        let mark = line.mark(of(TIMESTAMP), id).map_err(|_| NeedsParser)?;
        let fields = self.fields.iter().filter_map(|(number, raw)| Some((*number, datum(raw)?)));
        match kind {
            Kind::Interaction => {
                let parties = Parties {
                    item: of(ITEM),
                    user: of(USER),
                    session: of(SESSION),
                    ranking: of(RANKING),
                };
                match of(KIND).ok_or(NeedsParser)? {
                    DatumRef::Text(kind) => recorder.interaction(mark, kind, &parties, fields),
                    kind => {
                        let kind = type_text(kind).map_err(|_| NeedsParser)?;
                        recorder.interaction(mark, &kind, &parties, fields)
                    }
                }
            }
            Kind::Item => recorder.item(mark, of(ITEM).as_ref(), fields),
            Kind::User => recorder.user(mark, of(USER).as_ref(), fields),
            Kind::Ranking if !self.found.has_items => return Err(NeedsParser),
            Kind::Ranking => {
                let parties =
                    Parties { item: None, user: of(USER), session: of(SESSION), ranking: of(ID) };
                recorder.ranking(mark, &parties, fields, self.items.iter().filter_map(datum))
            }
        }
        .map_err(|_| NeedsParser)
    }
}

/// The number of a member.
fn number(name: &[u8]) -> u32 {
    let member = std::str::from_utf8(name).map_or(Member::Other, Member::of);
    MEMBERS.iter().position(|known| *known == member).map_or(UNWANTED, |number| number as u32)
}

/// Whether a list or an object lies ahead.
#[inline]
fn is_compound(cursor: &Cursor<'_>) -> bool {
    matches!(cursor.byte(), Some(b'[' | b'{'))
}

/// Goes through the elements of a list.
#[inline]
fn each<'a>(
    cursor: &mut Cursor<'a>,
    mut element: impl FnMut(&mut Cursor<'a>) -> Result<(), NeedsParser>,
) -> Result<(), NeedsParser> {
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
