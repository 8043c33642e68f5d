//! The value that events of a filter contribute to: `ctr_7{item=p1}`, `top of ctr_7{item=p1}`, with
//! the position at which it is read: `at #3000`, after so many events, or `at 2026-03-12T02:27:24Z`.

use crate::base::words::Word;
use crate::base::{Timestamp, quantity, typed_time};
use crate::config::nearest;
use crate::engine::InputRows;
use crate::explain::Contributing;
use crate::plan::{OutputId, ScopeId};

/// The most names that a message lists.
pub(super) const LISTED: usize = 8;

/// Reads a value from words. Returns what contributes to it, and how many words it took.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn read(of: InputRows<'_>, words: &[Word]) -> Result<(Contributing, usize), String> {
    let (mut roles, mut at) = (Vec::new(), 0);
    while let [role, by, ..] = &words[at..]
        && ["top", "bottom"].contains(&&*role.text())
        && by.text() == "of"
    {
        roles.push(role.text());
        at += 2;
    }
    let Some(value) = words.get(at) else {
        let names = names(of);
        let first = names.first().copied().unwrap_or("clicks");
        return Err(format!("contributes to which value? Write `{first}{{…}}` with its key"));
    };
    at += 1;
    let (name, key) = match value.split_once('{') {
        Some((name, key)) => {
            (name.text(), Some(key.strip_end('}').ok_or("the key ends with `}`")?))
        }
        None => (value.text(), None),
    };
    let output = output(of, &name)?;
    let slot = slot(of, of.plan.scope_of(output), &name, key.as_ref())?;
    let mut position = (of.tape.events(), of.tape.clock(of.tape.events()));
    if let [by, moment, ..] = &words[at..]
        && by.text() == "at"
    {
        position = read_position(of, &moment.text())?;
        at += 2;
    }
    let position = (position.0, position.1.unwrap_or_default());
    let role = (!roles.is_empty()).then(|| roles.join(" of "));
    match Contributing::new(of, position, (output, slot), role.as_deref()) {
        Some(contributing) => Ok((contributing, at)),
        None => Err(format!("`{name}` has no {}", role.unwrap_or_default())),
    }
}

/// The names of the outputs.
fn names(of: InputRows<'_>) -> Vec<&str> {
    of.plan.outputs.iter().map(|output| output.name.as_str()).collect()
}

fn output(of: InputRows<'_>, name: &str) -> Result<OutputId, String> {
    let names = names(of);
    if let Some(place) = names.iter().position(|known| *known == name) {
        return Ok(OutputId(place));
    }
    let near = nearest(name, names.iter().copied());
    let more = near.map_or_else(
        || format!("; it has {}", quantity::listed(&names, LISTED)),
        |near| format!(": did you mean `{near}`?"),
    );
    Err(format!("the config has no output `{name}`{more}"))
}

/// The slot of a key: its parts in the order of the scope, or with their names.
fn slot(
    of: InputRows<'_>,
    scope: ScopeId,
    output: &str,
    typed: Option<&Word>,
) -> Result<u32, String> {
    let names: Vec<&str> = of.plan.key_attributes(scope).collect();
    let parts = typed.map(Word::parts).unwrap_or_default();
    let mut texts: Vec<Option<String>> = vec![None; names.len()];
    for (place, part) in parts.iter().enumerate() {
        let named = part.split_once('=').and_then(|(name, text)| {
            let name = name.text();
            Some((names.iter().position(|known| *known == name)?, text.text()))
        });
        let (place, text) = named.unwrap_or_else(|| (place, part.text()));
        if let Some(known) = texts.get_mut(place) {
            *known = Some(text);
        }
    }
    let texts: Option<Vec<String>> =
        texts.into_iter().collect::<Option<_>>().filter(|_| parts.len() == names.len());
    let Some(texts) = texts else {
        let parts: Vec<String> = names.iter().map(|name| format!("{name}=…")).collect();
        return Err(match parts.as_slice() {
            [] => format!("`{output}` has no key: leave it out"),
            parts => format!("write its key as `{output}{{{}}}`", parts.join(",")),
        });
    };
    let slot = of.index.find(scope, &texts);
    slot.ok_or_else(|| format!("no event has the key {}", texts.join(",")))
}

/// The number of events before a position, and the moment.
fn read_position(of: InputRows<'_>, text: &str) -> Result<(usize, Option<Timestamp>), String> {
    if let Some(number) = text.strip_prefix('#') {
        let number = number.replace(',', "").parse::<usize>();
        let number = number.map_err(|_| format!("`{text}` is no number of an event"))?;
        let events = number.min(of.tape.events());
        return Ok((events, of.tape.clock(events)));
    }
    let moment = typed_time::moment(text, None)?;
    Ok((of.tape.events_at(moment), Some(moment)))
}
