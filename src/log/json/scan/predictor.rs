//! The member predictor: remembers which member followed which, so that a predicted name is
//! recognised by one comparison.

use super::cursor::{Cursor, NeedsParser};
use super::simd16::WIDTH;

/// A member that is not required.
pub(in crate::log) const UNWANTED: u32 = u32::MAX;

/// The most places: as many as a place's number can address.
const PLACES: usize = 1 << u8::BITS;
/// The places used; a log with more names is learned anew.
const MAX_PLACES: usize = 128;
/// The predictions per place.
const SUCCESSORS: usize = 3;

/// A graph of members and their successors.
#[derive(Debug)]
pub(in crate::log) struct MemberPredictor {
    /// Per place, the likeliest successor.
    likeliest: Box<[Prediction; PLACES]>,
    /// Place 0 is the start of an object.
    links: Vec<Link>,
}

/// A place in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place(u8);

/// The begin of an object.
const NOWHERE: Place = Place(0);

/// A step to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) struct Step {
    place: Place,
    /// The number of the member.
    pub(in crate::log) member: u32,
    /// True if its value is a text whose opening quote was consumed. The predictor continues at the
    /// closing quote, wherever [`Cursor::skip_text`] has stopped.
    pub(in crate::log) is_text: bool,
}

/// The step before the first member.
pub(in crate::log) const START: Step = Step { place: NOWHERE, member: UNWANTED, is_text: false };

/// A predicted member: all bytes between the value before it and its own, `,"name":`, with the
/// quotes of these values if they are texts.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Prediction {
    /// The first 16 bytes; a mask of as many as there are.
    head: u128,
    mask: u128,
    /// The number of bytes.
    length: usize,
    step: Step,
}

/// Matches nothing.
const NOTHING: Prediction = Prediction { head: 1, mask: 0, length: 0, step: START };

/// A member that was seen.
#[derive(Debug)]
struct Link {
    prediction: Prediction,
    signs: Box<[u8]>,
    /// Its successors, the last one first; the start where there are none.
    next: [Place; SUCCESSORS],
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
    /// A predictor that has seen nothing.
    pub(in crate::log) fn new() -> Self {
        let start =
            Link { prediction: NOTHING, signs: Box::default(), next: [NOWHERE; SUCCESSORS] };
        Self { likeliest: Box::new([NOTHING; PLACES]), links: vec![start] }
    }

    /// Steps from one member, behind its value, to the value of the next; `None` at the end of the
    /// object. `member` numbers a name. Texts of members that are [`UNWANTED`] may be skipped.
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
        cursor.detached(|cursor| self.branch(cursor, from, member))
    }

    /// Steps as [`next`](Self::next) does while predictions match; true at a member that may be
    /// required. If false, continue with [`branch`](Self::branch).
    #[inline]
    pub(in crate::log) fn matches_prediction(
        &self,
        cursor: &mut Cursor<'_>,
        from: &mut Step,
    ) -> bool {
        loop {
            let prediction = &self.likeliest[usize::from(from.place.0)];
            if !self.is_next(prediction, cursor, u128::from_le_bytes(cursor.next16())) {
                return false;
            }
            cursor.advance(prediction.length);
            *from = prediction.step;
            if from.member != UNWANTED || !from.is_text {
                return true;
            }
            cursor.skip_text();
        }
    }

    /// True if the first bytes of a prediction follow.
    #[inline]
    fn is_next(&self, prediction: &Prediction, cursor: &Cursor<'_>, bytes: u128) -> bool {
        bytes & prediction.mask == prediction.head
            && (prediction.length <= WIDTH || self.is_whole(prediction, cursor.ahead()))
    }

    /// True if all bytes of a prediction follow.
    #[inline(never)]
    fn is_whole(&self, prediction: &Prediction, ahead: &[u8]) -> bool {
        let link = self.links.get(usize::from(prediction.step.place.0));
        link.is_some_and(|link| ahead.starts_with(&link.signs))
    }

    /// Steps where the likeliest successor does not match.
    #[inline(never)]
    pub(in crate::log) fn branch(
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
        let simd16 = u128::from_le_bytes(cursor.next16());
        for next in link.next {
            if let Some(Link { prediction, .. }) = self.links.get(usize::from(next.0))
                && self.is_next(prediction, cursor, simd16)
            {
                cursor.advance(prediction.length);
                return Ok(Some(prediction.step));
            }
        }
        self.search(cursor, behind_text, from, member)
    }

    /// Steps without a prediction, to a member that is looked up; at a closing quote, if there is
    /// one.
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
        // Where the text is cut off here, blanks before the value may be missing: what is learned
        // would match, and fail, from then on.
        let is_cut = matches!(cursor.byte(), None | Some(b'\n'));
        if name.escaped || is_cut {
            return Err(NeedsParser);
        }
        let is_text = cursor.byte() == Some(b'"');
        cursor.advance(usize::from(is_text));
        let signs = cursor.slice(start..cursor.at());
        let mut before = from.place;
        let known = self.links.iter().skip(1).find(|link| *link.signs == *signs);
        let step = if let Some(known) = known {
            known.prediction.step
        } else {
            if self.links.len() == MAX_PLACES {
                *self = Self::new();
                before = NOWHERE;
            }
            let member = member(cursor.slice(name.range));
            let step = Step { place: Place(self.links.len() as u8), member, is_text };
            let prediction = Prediction::new(signs, step);
            self.links.push(Link { prediction, signs: signs.into(), next: [NOWHERE; SUCCESSORS] });
            step
        };
        if let Some(link) = self.links.get_mut(usize::from(before.0)) {
            let last =
                link.next.iter().position(|way| *way == step.place).unwrap_or(SUCCESSORS - 1);
            link.next[..=last].rotate_right(1);
            link.next[0] = step.place;
            self.likeliest[usize::from(before.0)] =
                self.links[usize::from(step.place.0)].prediction;
        }
        Ok(Some(step))
    }
}

#[cfg(test)]
mod tests {
    use super::super::expect_step;
    use super::*;

    /// The members of an object, with their values.
    fn members(
        predictor: &mut MemberPredictor,
        text: &str,
    ) -> Result<Vec<(u32, String)>, NeedsParser> {
        let mut cursor = Cursor::new(text.as_bytes());
        let mut members = Vec::new();
        let mut from = START;
        let member = |name: &[u8]| u32::from(name[0] - b'a');
        while let Some(step) = predictor.next(&mut cursor, from, member)? {
            from = step;
            let start = cursor.at() - usize::from(step.is_text);
            expect_step(&mut cursor, step)?;
            let end = cursor.at() + usize::from(step.is_text);
            members.push((step.member, text[start..end].to_owned()));
        }
        assert_eq!(cursor.at(), text.len());
        Ok(members)
    }

    #[test]
    fn a_line_that_was_seen_and_one_that_was_not_are_read_alike() {
        let mut predictor = MemberPredictor::new();
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
                assert_eq!(members(&mut predictor, text).unwrap(), first, "{text}");
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
            assert!(members(&mut predictor, text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_member_that_is_cut_off_before_its_value_is_not_learned() {
        for cut in ["{\"a\":", "{\"a\": ", "{\"a\":\n"] {
            let mut predictor = MemberPredictor::new();
            assert!(members(&mut predictor, cut).is_err());
            for _ in 0..2 {
                let want = [(0, "1".to_owned())];
                assert_eq!(members(&mut predictor, r#"{"a":  1}"#).unwrap(), want, "{cut:?}");
            }
        }
    }

    #[test]
    fn more_names_than_are_remembered() {
        let mut predictor = MemberPredictor::new();
        for n in 0..10 * MAX_PLACES {
            let text = format!("{{\"a{n}\":{n},\"b\":0}}");
            let want = [(0, n.to_string()), (1, "0".to_owned())];
            assert_eq!(members(&mut predictor, &text).unwrap(), want);
            assert!(predictor.links.len() <= MAX_PLACES);
        }
    }
}
