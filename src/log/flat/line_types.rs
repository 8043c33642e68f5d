//! Line types: of which types the events of a line are. Flags are members, 0 or 1, each of which
//! tells whether the line is an event of a further type.

use crate::log::line::type_text;
use crate::tape::{AsDatum, BatchEncoder, Datum, DatumRef, Mark, Reason};

/// The types of the events of a line.
#[derive(Clone, Debug)]
pub(super) struct LineTypes {
    pub(super) row: Row,
    /// Those of the flags.
    pub(super) flags: Vec<String>,
}

/// The event that a line itself is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// Of the type that a member holds.
    Member,
    /// Of one type.
    Constant(String),
    /// None: only its flags are events.
    None,
}

/// The value of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flag {
    Set,
    /// Also where there is no value.
    Unset,
    /// Neither true nor false.
    Unclear,
}

impl Flag {
    /// The flag that a value means: 1 and `true` set it, 0 and `false` do not, as numbers, as
    /// booleans, or as text.
    pub(super) fn of(value: Option<DatumRef<'_>>) -> Self {
        match value {
            None | Some(DatumRef::Bool(false) | DatumRef::Integer(0)) => Self::Unset,
            Some(DatumRef::Bool(true) | DatumRef::Integer(1)) => Self::Set,
            Some(DatumRef::Text(text)) => match text {
                "1" | "true" | "True" | "TRUE" => Self::Set,
                "" | "0" | "false" | "False" | "FALSE" => Self::Unset,
                // A number is the same flag in quotes and without, as in the cells of CSV.
                text => match Datum::of_number(text) {
                    Some(Datum::Integer(1)) => Self::Set,
                    Some(Datum::Integer(0)) => Self::Unset,
                    _ => Self::Unclear,
                },
            },
            Some(_) => Self::Unclear,
        }
    }
}

impl Row {
    /// Encodes the event of the line itself; nothing where it is none.
    pub(super) fn record<D: AsDatum>(
        &self,
        mark: Mark,
        kind: Option<DatumRef<'_>>,
        values: impl IntoIterator<Item = (usize, D), IntoIter: Clone>,
        encoder: &mut BatchEncoder,
    ) -> Result<(), Reason> {
        match (self, kind) {
            (Self::Constant(kind), _) => encoder.event(mark, kind, values),
            (Self::Member, Some(DatumRef::Text(kind))) => encoder.event(mark, kind, values),
            (Self::Member, Some(kind)) => encoder.event(mark, &type_text(kind)?, values),
            (Self::Member, None) => Err(Reason::NoType),
            (Self::None, _) => Ok(()),
        }
    }
}

impl LineTypes {
    /// Encodes the events of a line: the line itself, then its flags, in order. A line without a type
    /// of its own is only its flags.
    pub(super) fn record<'v, D: AsDatum>(
        &self,
        (mut mark, kind): (Mark, Option<DatumRef<'_>>),
        values: impl IntoIterator<Item = (usize, D), IntoIter: Clone>,
        flags: impl Iterator<Item = Option<DatumRef<'v>>>,
        text: &[u8],
        encoder: &mut BatchEncoder,
    ) -> Result<(), Reason> {
        let values = values.into_iter();
        let row = self.row.record(mark, kind, values.clone(), encoder);
        let mut is_event = match row {
            Ok(()) => self.row != Row::None,
            Err(Reason::NoType) => false,
            Err(reason) => return Err(reason),
        };
        mark.sub += u32::from(is_event);
        let mut is_clear = true;
        for (kind, value) in self.flags.iter().zip(flags) {
            match Flag::of(value) {
                Flag::Set => {
                    encoder.event(mark, kind, values.clone())?;
                    mark.sub += 1;
                    is_event = true;
                }
                Flag::Unset => {}
                Flag::Unclear => {
                    encoder.reject(Reason::UnclearFlag, mark.line, text);
                    is_clear = false;
                }
            }
        }
        if is_event || !is_clear { Ok(()) } else { row.and(Err(Reason::NoFlag)) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_flag_is_one_or_true_in_any_writing() {
        let of = |json: serde_json::Value| {
            let text = json.to_string();
            let datum = crate::log::json::value::value(&text).unwrap();
            Flag::of(datum.as_ref().map(Datum::borrowed))
        };
        for set in [
            json!(1),
            json!(1.0),
            json!(true),
            json!("1"),
            json!("1.0"),
            json!("true"),
            json!("True"),
        ] {
            assert_eq!(of(set.clone()), Flag::Set, "{set}");
        }
        for unset in
            [json!(0), json!(0.0), json!(false), json!("0"), json!("FALSE"), json!(""), json!(null)]
        {
            assert_eq!(of(unset.clone()), Flag::Unset, "{unset}");
        }
        for unclear in
            [json!(2), json!(-1), json!(0.5), json!("yes"), json!("01"), json!("1.5"), json!([1])]
        {
            assert_eq!(of(unclear.clone()), Flag::Unclear, "{unclear}");
        }
    }
}
