//! Served values that are not the live ones.

use crate::base::quantity::{grouped, value};
use crate::diagnostic::lints::{SERVED_KEYS, SERVED_SHARE};
use crate::diagnostic::{Label, codes};

use crate::profile::words::about;

use super::measure::Differing;
use super::{Facts, Findings};

/// Features whose served values differ from the live ones at many keys, all told together.
pub(super) fn differs(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let (share, least) = (facts.settings.of(&SERVED_SHARE), facts.settings.of(&SERVED_KEYS));
    let mut labels: Vec<Label> = Vec::new();
    let mut worst: Option<(f64, String)> = None;
    for (output, feature) in facts.outputs() {
        let measure = &facts.measures.outputs[output.0];
        let Some(served) = &measure.served else { continue };
        let (differing, keys) = (served.differing as f64, measure.keys as f64);
        let Some(most) = served.most.filter(|_| keys >= least && differing > share * keys) else {
            continue;
        };
        let place = feature.refresh.as_ref().map_or(&feature.name.span, |refresh| &refresh.span);
        if findings.are_allowed(codes::SERVED_DIFFERS, feature, place) {
            continue;
        }
        let (differing, keys) = (grouped(served.differing), grouped(measure.keys));
        let name = facts.name(output);
        if !labels.iter().any(|label| label.span == *place) {
            let message = format!("`{name}` at {differing} of {keys} keys");
            labels.push(Label { span: place.clone(), message });
        }
        let part = served.differing as f64 / measure.keys as f64;
        if worst.as_ref().is_none_or(|(known, _)| *known < part) {
            let message = format!(
                "at {differing} of {keys} keys `{name}` is served with another value than the live \
                 one: {}",
                example(&most, &facts.key(output, most.slot))
            );
            worst = Some((part, message));
            // The one that the message is of is the first.
            if let Some(own) = labels.iter().position(|label| label.span == *place) {
                labels.swap(0, own);
            }
        }
    }
    let Some((_, message)) = worst else { return };
    if let [only] = labels.as_mut_slice() {
        only.message.clear();
    }
    let help = "only an event refreshes a served value: while a key is silent, it stays, and the \
                windows of the live one go on. Train on what is served (`dataset \
                --served`), and let the store forget keys; a shorter `refresh` mends keys that have \
                events";
    findings.add_whole(codes::SERVED_DIFFERS.at_all(labels, message).help(help));
}

/// A key at which they differ, in words.
fn example(most: &Differing, key: &str) -> String {
    let number = |number: Option<f64>| number.map_or_else(|| "missing".to_owned(), value);
    let at = if key.is_empty() { String::new() } else { format!("at {key} ") };
    let age =
        most.age.map_or_else(String::new, |age| format!(", written {} before the end", about(age)));
    format!("{at}it is {} and served as {}{age}", number(most.live), number(most.served))
}
