//! Flat events by the scanner: the members that are wanted, at the speed of memory. It must not
//! know what becomes of an event.

use crate::log::line::Origin;
use crate::log::lines::Text;
use crate::log::scan::{Chain, Cursor, Parsed, Raw, START, UNWANTED, Unusual, end, value};
use crate::tape::Recorder;

use super::Wanted;

/// How many dots are followed; for more, the parser counts how deep a line is.
const DEEPEST: u8 = 32;

/// Reads flat events that are written like those before.
pub(super) struct Scanner {
    /// The wanted members of the line, and those of the objects in it.
    objects: Vec<Object>,
    attributes: usize,
    /// The values of the line at hand.
    found: Vec<Found>,
    parsed: Parsed,
    fields: Vec<(usize, Raw)>,
    /// The number of the line at hand, among those read here.
    line: u64,
}

/// The wanted members of an object.
struct Object {
    chain: Chain,
    members: Vec<Member>,
    /// How many dots have been followed to get here.
    depth: u8,
}

struct Member {
    name: String,
    /// What it gives a value to.
    targets: Vec<usize>,
    /// Where to look on if it is an object.
    inner: Option<usize>,
    /// The line that had it last.
    line: u64,
}

/// A value, by the object and the member that have it.
#[derive(Clone, Copy)]
struct Found {
    object: usize,
    member: usize,
    value: Raw,
}

impl Scanner {
    pub(super) fn new(wanted: &Wanted) -> Self {
        let mut scanner = Self {
            objects: vec![Object { chain: Chain::new(), members: Vec::new(), depth: 0 }],
            attributes: wanted.attributes,
            found: Vec::new(),
            parsed: Parsed::default(),
            fields: Vec::new(),
            line: 0,
        };
        for (number, path) in wanted.paths() {
            scanner.want(0, path, number);
        }
        scanner
    }

    /// Wants what is at a path in an object, which is either a member of that very name or one in
    /// nested objects.
    fn want(&mut self, object: usize, path: &str, target: usize) {
        let member = self.member(object, path);
        self.objects[object].members[member].targets.push(target);
        if let Some((first, rest)) = path.split_once('.') {
            let member = self.member(object, first);
            let depth = self.objects[object].depth.saturating_add(1);
            let inner = self.objects[object].members[member].inner.unwrap_or_else(|| {
                self.objects.push(Object { chain: Chain::new(), members: Vec::new(), depth });
                self.objects.len() - 1
            });
            self.objects[object].members[member].inner = Some(inner);
            self.want(inner, rest, target);
        }
    }

    fn member(&mut self, object: usize, name: &str) -> usize {
        let members = &mut self.objects[object].members;
        members.iter().position(|member| member.name == name).unwrap_or_else(|| {
            let name = name.to_owned();
            members.push(Member { name, targets: Vec::new(), inner: None, line: 0 });
            members.len() - 1
        })
    }

    /// Reads a line into the recorder, which takes nothing of one that is unusual.
    #[inline]
    pub(super) fn read(
        &mut self,
        text: Text<'_>,
        line: Origin,
        recorder: &mut Recorder,
    ) -> Result<(), Unusual> {
        self.line += 1;
        self.found.clear();
        self.fields.clear();
        self.parsed.clear();
        let block = text.block();
        let mut cursor = Cursor::new(block.as_bytes());
        cursor.space();
        self.object(0, &mut cursor, block)?;
        end(&mut cursor, text.length())?;

        if self.objects.len() > 1 {
            // The last of several values holds: the one that was found under the fewest dots.
            let objects = &self.objects;
            let depth = |found: &Found| objects.get(found.object).map_or(0, |object| object.depth);
            self.found.sort_by_key(|found| std::cmp::Reverse(depth(found)));
        }
        let mut own = [None; 3];
        for Found { object, member, value } in &self.found {
            let member = &self.objects[*object].members[*member];
            for target in &member.targets {
                match target.checked_sub(self.attributes).and_then(|target| own.get_mut(target)) {
                    Some(own) => *own = Some(*value),
                    None => self.fields.push((*target, *value)),
                }
            }
        }
        let parsed = &self.parsed;
        let datum = |raw: Raw| raw.datum(block, parsed);
        let [time, kind, id] = own;
        let id = id.filter(|_| line.dedup).and_then(datum);
        let mark = line.mark(time.and_then(datum).as_ref(), id.as_ref()).map_err(|_| Unusual)?;
        let fields = self.fields.iter().filter_map(|(number, raw)| Some((*number, datum(*raw)?)));
        match kind {
            Some(Raw::Text(start, end)) => {
                let kind = block.get(start as usize..end as usize).ok_or(Unusual)?;
                recorder.event(mark, kind, fields)
            }
            kind => {
                let kind = kind.and_then(datum).and_then(|kind| kind.to_value().key_text());
                recorder.event(mark, &kind.ok_or(Unusual)?, fields)
            }
        }
        .map_err(|_| Unusual)
    }

    /// Reads an object's members.
    #[inline]
    fn object(
        &mut self,
        object: usize,
        cursor: &mut Cursor<'_>,
        block: &str,
    ) -> Result<(), Unusual> {
        let mut place = START;
        loop {
            let Object { chain, members, depth } = &mut self.objects[object];
            let look_up = |name: &[u8]| {
                let place = members.iter().position(|member| member.name.as_bytes() == name);
                place.map_or(UNWANTED, |place| place as u32)
            };
            let Some(next) = chain.next(cursor, place, look_up)? else { return Ok(()) };
            place = next;
            let number = chain.member(place) as usize;
            let Some(member) = members.get_mut(number) else {
                cursor.skip()?;
                continue;
            };
            if member.line == self.line {
                // The second one of that name.
                return Err(Unusual);
            }
            member.line = self.line;
            match member.inner {
                Some(inner) if cursor.byte() == Some(b'{') => {
                    if *depth >= DEEPEST {
                        return Err(Unusual);
                    }
                    self.object(inner, cursor, block)?;
                }
                _ => {
                    if let Some(value) = value(cursor, block, &mut self.parsed)? {
                        self.found.push(Found { object, member: number, value });
                    }
                }
            }
        }
    }
}
