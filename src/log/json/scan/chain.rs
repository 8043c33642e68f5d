//! The order in which members follow each other, as far as it was seen: where a line is written
//! like those before it, a name is found by comparing it. It must not know what members mean.

use super::NeedsParser;
use super::cursor::Cursor;
use super::simd16::WIDTH;

/// A member that nobody wants.
pub(in crate::log) const UNWANTED: u32 = u32::MAX;

/// How many places a chain may have: as many as a place can tell apart.
const PLACES: usize = 1 << u8::BITS;
/// How many of them are used; a log that has more names is learned anew.
const MOST: usize = 128;
/// How many ways on are tried.
const WAYS: usize = 3;

/// What follows what in an object.
#[derive(Debug)]
pub(in crate::log) struct MemberPredictor {
    /// For each place, what is likeliest to come next.
    likeliest: Box<[Prediction; PLACES]>,
    /// The first stands for the place before the object.
    links: Vec<Link>,
}

/// A place in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place(u8);

/// The place before the first member.
const NOWHERE: Place = Place(0);

/// A member that was come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) struct Step {
    place: Place,
    /// What the member was said to be.
    pub(in crate::log) member: u32,
    /// Whether its value is a text, the opening quote of which was passed over. The chain goes on
    /// from the place of the closing one, wherever [`Cursor::pass_text`] has come to.
    pub(in crate::log) is_text: bool,
}

/// Before the first member.
pub(in crate::log) const START: Step = Step { place: NOWHERE, member: UNWANTED, is_text: false };

/// A member that may come next, told by all signs between the value before it and its own:
/// `,"name":`, with the quotes of these values if they are texts.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Prediction {
    /// The first 16 of the signs; a mask of as many as there are.
    head: u128,
    mask: u128,
    /// How many signs there are.
    length: usize,
    step: Step,
}

/// What no signs are.
const NOTHING: Prediction = Prediction { head: 1, mask: 0, length: 0, step: START };

/// A member that was seen.
#[derive(Debug)]
struct Link {
    guess: Prediction,
    signs: Box<[u8]>,
    /// What came next, the last time first; the start where nothing has.
    next: [Place; WAYS],
}

impl Prediction {
    fn new(signs: &[u8], step: Step) -> Self {
        let cut = 128 - 8 * signs.len().min(WIDTH) as u32;
        let mask = u128::MAX.checked_shr(cut).unwrap_or(0);
        let mut first = [0; WIDTH];
        for (to, from) in first.iter_mut().zip(signs) {
            *to = *from;
        }
        Self { head: u128::from_le_bytes(first), mask, length: signs.len(), step }
    }
}

impl MemberPredictor {
    /// Nothing was seen yet.
    pub(in crate::log) fn new() -> Self {
        let start = Link { guess: NOTHING, signs: Box::default(), next: [NOWHERE; WAYS] };
        Self { likeliest: Box::new([NOTHING; PLACES]), links: vec![start] }
    }

    /// Goes on from one member, behind its value, to the value of the next; `None` behind the end
    /// of the object. `member` says what a member of some name is. Texts that are [`UNWANTED`] may
    /// be passed over.
    #[inline]
    pub(in crate::log) fn next(
        &mut self,
        cursor: &mut Cursor<'_>,
        mut from: Step,
        member: impl FnOnce(&[u8]) -> u32,
    ) -> Result<Option<Step>, NeedsParser> {
        if self.matches_prediction(cursor, &mut from) {
            return Ok(Some(from));
        }
        cursor.aside(|cursor| self.turn(cursor, from, member))
    }

    /// Goes on as [`next`](Self::next) does, as long as what comes next is likely; whether it has
    /// come to a member that may be wanted. If not, it goes on with a [`turn`](Self::turn).
    #[inline]
    pub(in crate::log) fn matches_prediction(
        &self,
        cursor: &mut Cursor<'_>,
        from: &mut Step,
    ) -> bool {
        loop {
            let guess = &self.likeliest[usize::from(from.place.0)];
            if !self.is_next(guess, cursor, u128::from_le_bytes(cursor.simd16())) {
                return false;
            }
            cursor.advance(guess.length);
            *from = guess.step;
            if from.member != UNWANTED || !from.is_text {
                return true;
            }
            cursor.pass_text();
        }
    }

    /// Whether the signs of a member lie ahead.
    #[inline]
    fn is_next(&self, guess: &Prediction, cursor: &Cursor<'_>, simd16: u128) -> bool {
        simd16 & guess.mask == guess.head
            && (guess.length <= WIDTH || self.is_whole(guess, cursor.ahead()))
    }

    /// Whether it is all of the signs that lie ahead, not just the first of them.
    #[inline(never)]
    fn is_whole(&self, guess: &Prediction, ahead: &[u8]) -> bool {
        let link = self.links.get(usize::from(guess.step.place.0));
        link.is_some_and(|link| ahead.starts_with(&link.signs))
    }

    /// Goes on where something else than the likeliest comes next.
    #[inline(never)]
    pub(in crate::log) fn turn(
        &mut self,
        cursor: &mut Cursor<'_>,
        from: Step,
        member: impl FnOnce(&[u8]) -> u32,
    ) -> Result<Option<Step>, NeedsParser> {
        let Some(link) = self.links.get(usize::from(from.place.0)) else { return Err(NeedsParser) };
        let behind_text = usize::from(from.is_text);
        if from.is_text && cursor.byte() != Some(b'"') {
            cursor.close()?;
        }
        if from != START && cursor.byte_at(behind_text) == Some(b'}') {
            cursor.advance(behind_text + 1);
            return Ok(None);
        }
        let simd16 = u128::from_le_bytes(cursor.simd16());
        for next in link.next {
            if let Some(Link { guess, .. }) = self.links.get(usize::from(next.0))
                && self.is_next(guess, cursor, simd16)
            {
                cursor.advance(guess.length);
                return Ok(Some(guess.step));
            }
        }
        self.search(cursor, behind_text, from, member)
    }

    /// Goes on where nothing was foreseen; a closing quote lies ahead if there is one.
    #[cold]
    fn search(
        &mut self,
        cursor: &mut Cursor<'_>,
        quote: usize,
        from: Step,
        member: impl FnOnce(&[u8]) -> u32,
    ) -> Result<Option<Step>, NeedsParser> {
        let start = cursor.at();
        cursor.advance(quote);
        cursor.space();
        if from == START {
            cursor.expect(b'{')?;
            cursor.space();
        }
        if cursor.byte() == Some(b'}') {
            cursor.advance(1);
            return Ok(None);
        }
        if from != START {
            cursor.expect(b',')?;
            cursor.space();
        }
        let name = cursor.name()?;
        if name.escaped {
            return Err(NeedsParser);
        }
        let is_text = cursor.byte() == Some(b'"');
        cursor.advance(usize::from(is_text));
        let signs = cursor.slice(start..cursor.at());
        let mut before = from.place;
        let known = self.links.iter().skip(1).find(|link| *link.signs == *signs);
        let step = if let Some(known) = known {
            known.guess.step
        } else {
            if self.links.len() == MOST {
                *self = Self::new();
                before = NOWHERE;
            }
            let member = member(cursor.slice(name.range));
            let step = Step { place: Place(self.links.len() as u8), member, is_text };
            let guess = Prediction::new(signs, step);
            self.links.push(Link { guess, signs: signs.into(), next: [NOWHERE; WAYS] });
            step
        };
        if let Some(link) = self.links.get_mut(usize::from(before.0)) {
            let last = link.next.iter().position(|way| *way == step.place).unwrap_or(WAYS - 1);
            link.next[..=last].rotate_right(1);
            link.next[0] = step.place;
            self.likeliest[usize::from(before.0)] = self.links[usize::from(step.place.0)].guess;
        }
        Ok(Some(step))
    }
}

#[cfg(test)]
mod tests {
    use super::super::pass;
    use super::*;

    /// The members of an object, each with its value.
    fn members(chain: &mut MemberPredictor, text: &str) -> Result<Vec<(u32, String)>, NeedsParser> {
        let mut cursor = Cursor::new(text.as_bytes());
        let mut members = Vec::new();
        let mut from = START;
        let member = |name: &[u8]| u32::from(name[0] - b'a');
        while let Some(step) = chain.next(&mut cursor, from, member)? {
            from = step;
            let start = cursor.at() - usize::from(step.is_text);
            pass(&mut cursor, step)?;
            let end = cursor.at() + usize::from(step.is_text);
            members.push((step.member, text[start..end].to_owned()));
        }
        assert_eq!(cursor.at(), text.len());
        Ok(members)
    }

    #[test]
    fn a_line_that_was_seen_and_one_that_was_not_are_read_alike() {
        let mut chain = MemberPredictor::new();
        for text in [
            r#"{"a":1,"b":"x","c":null}"#,
            r#"{"a":1,"b":"x"}"#,
            r#"{"a":"1","b":2}"#,
            r#"{"a":"","b":"","c":""}"#,
            r#"{"a":"1"}"#,
            r#"{"b":1,"a":"x","c":[1]}"#,
            r#" { "a" : 1 , "b long enough to be more than sixteen" : 2 } "#.trim_end(),
            r#"{ "a": 1, "b long enough to be more than seventeen": 2 }"#,
            "{}",
            "{ }",
        ] {
            let first = members(&mut MemberPredictor::new(), text).unwrap();
            for _ in 0..2 {
                assert_eq!(members(&mut chain, text).unwrap(), first, "{text}");
            }
        }
        for text in [
            r#"{"a":1,}"#,
            r#"{,"a":1}"#,
            r#"{"\u0061":1}"#,
            r#"{"a" 1}"#,
            r#"{"a":"1}"#,
            "[1]",
            "",
        ] {
            assert!(members(&mut chain, text).is_err(), "{text}");
        }
    }

    #[test]
    fn more_names_than_are_remembered() {
        let mut chain = MemberPredictor::new();
        for n in 0..10 * MOST {
            let text = format!("{{\"a{n}\":{n},\"b\":0}}");
            let want = [(0, n.to_string()), (1, "0".to_owned())];
            assert_eq!(members(&mut chain, &text).unwrap(), want);
            assert!(chain.links.len() <= MOST);
        }
    }
}
