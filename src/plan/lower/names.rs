//! The names of a config: features and their outputs, and what `top` and `bottom` refer to. A ratio
//! takes its outputs from its operands, in whatever order the config declares them.

use std::collections::HashMap;
use std::ops::Range;

use crate::config::{Body, Document, Feature, Spanned};
use crate::diagnostic::{Diagnostic, Faults, Label, codes, nearest};
use crate::plan::OutputId;

use super::output_names::{OutputName, output_name, own_outputs};
use super::rates::is_interaction;

/// The deepest nesting of ratios. Each level doubles the states that a value is read from.
const DEPTH: usize = 8;

/// The two outputs that one output of a ratio divides, as (feature, output within it).
#[derive(Clone, Copy, Debug)]
pub(super) struct Division {
    pub top: (usize, usize),
    pub bottom: (usize, usize),
}

/// All names.
pub(super) struct Names<'d> {
    document: &'d Document,
    features: HashMap<&'d str, usize>,
    /// The outputs of each feature; empty if they could not be determined.
    outputs: Vec<Vec<OutputName>>,
    /// The id of each feature's first output in the plan.
    first: Vec<usize>,
    /// The divisions of each ratio, one for each output.
    divisions: Vec<Vec<Division>>,
}

/// The progress of resolving a ratio's operands.
#[derive(Clone, Copy, PartialEq)]
enum Progress {
    Unknown,
    /// Its operands are being resolved: to reach it again is a cycle.
    Open,
    /// Resolved; the number of levels of ratios below it.
    Known(usize),
}

impl<'d> Names<'d> {
    /// Collects the names of a document, and reports duplicates and references to nothing.
    pub(super) fn gather(document: &'d Document, faults: &mut Faults) -> Self {
        let mut features = HashMap::new();
        for (number, feature) in document.features.iter().enumerate() {
            let first = *features.entry(feature.name.value.as_str()).or_insert(number);
            if first != number {
                let name = &feature.name.value;
                faults.add(clash(
                    name,
                    "features",
                    &feature.name.span,
                    &document.features[first].name.span,
                ));
            }
        }
        let outputs = document.features.iter().map(own_outputs).collect();
        let count = document.features.len();
        let mut names = Self {
            document,
            features,
            outputs,
            first: Vec::new(),
            divisions: vec![Vec::new(); count],
        };
        let mut progress = vec![Progress::Unknown; count];
        for number in 0..count {
            names.resolve(number, 0, &mut progress, faults);
        }
        let mut total = 0;
        for outputs in &names.outputs {
            names.first.push(total);
            total += outputs.len();
        }
        names.clashes(faults);
        // The operands of invalid features can be checked all the same.
        for partial in &document.partial {
            for side in &partial.operands {
                let is_reported = faults.contains(codes::BAD_OPERAND.name, side.span.start);
                let name = &side.value;
                if !is_reported && names.splits(name).is_empty() && !names.is_broken(name) {
                    faults.add(within(names.unknown(side, None), partial.combination.as_ref()));
                }
            }
        }
        names
    }

    /// The names of a feature's outputs.
    pub(super) fn outputs_of(&self, feature: usize) -> &[OutputName] {
        &self.outputs[feature]
    }

    /// The divisions of a ratio, one for each output.
    pub(super) fn divisions_of(&self, feature: usize) -> &[Division] {
        &self.divisions[feature]
    }

    /// The id of an output in the plan.
    pub(super) fn id(&self, (feature, output): (usize, usize)) -> OutputId {
        OutputId(self.first[feature] + output)
    }

    /// The feature of this name.
    pub(super) fn feature(&self, name: &str) -> Option<(usize, &'d Feature)> {
        let number = *self.features.get(name)?;
        Some((number, &self.document.features[number]))
    }

    /// True if a feature of this name exists but is invalid; then no further fault is reported.
    pub(super) fn is_broken(&self, name: &str) -> bool {
        self.document.broken.iter().any(|broken| {
            name.strip_prefix(broken.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        })
    }

    /// Determines the outputs of a ratio from those of its operands.
    fn resolve(
        &mut self,
        number: usize,
        above: usize,
        progress: &mut [Progress],
        faults: &mut Faults,
    ) {
        let document = self.document;
        let feature = &document.features[number];
        let Body::Ratio { top, bottom, .. } = &feature.body else {
            progress[number] = Progress::Known(0);
            return;
        };
        if progress[number] != Progress::Unknown {
            return;
        }
        progress[number] = Progress::Open;
        let mut depth = 0;
        let mut sides = Vec::new();
        for (word, side) in [("top", top), ("bottom", bottom)] {
            let refuse = |message: String, help: String, faults: &mut Faults| {
                let fault = codes::BAD_OPERAND.at(side.span.clone(), message).help(help);
                faults.add(within(fault, feature.combination.as_ref()));
            };
            let name = &side.value;
            let Some((operand, suffix)) = self.find(name, above, progress, faults) else {
                let is_reported = faults.contains(codes::BAD_OPERAND.name, side.span.start);
                if !is_reported && !self.is_broken(name) {
                    let of = Some((word, &*feature.name.value));
                    let fault = self.unknown(side, of);
                    faults.add(within(fault, feature.combination.as_ref()));
                }
                continue;
            };
            if above < DEPTH {
                self.resolve(operand, above + 1, progress, faults);
            }
            match progress[operand] {
                Progress::Known(below) => depth = depth.max(below + 1),
                Progress::Open => {
                    let message = format!("`{name}` is divided by itself, through other ratios");
                    let help = "break the cycle: let one of its ratios divide counters";
                    refuse(message, help.to_owned(), faults);
                    continue;
                }
                Progress::Unknown => depth = DEPTH + 1,
            }
            if depth > DEPTH {
                let message = format!("ratios of ratios more than {DEPTH} levels deep");
                refuse(message, format!("let `{word}` name a counter"), faults);
                progress[number] = Progress::Known(0);
                return;
            }
            match self.pick(operand, suffix.as_deref()) {
                Some(side) => sides.push(side),
                // An operand without outputs has a fault of its own.
                None if self.outputs[operand].is_empty() => {}
                None => {
                    let known: Vec<_> =
                        self.outputs[operand].iter().map(|o| o.name.as_str()).collect();
                    let message = format!("there is no output `{name}`");
                    refuse(message, format!("the outputs are {}", known.join(", ")), faults);
                }
            }
        }
        progress[number] = Progress::Known(depth);
        if let [top_side, bottom_side] = sides.as_slice() {
            match self.pair(feature, top_side, bottom_side) {
                Some((outputs, divisions)) => {
                    self.outputs[number] = outputs;
                    self.divisions[number] = divisions;
                }
                None => faults.add(within(unequal(top, bottom), feature.combination.as_ref())),
            }
        }
    }

    /// The feature that a name means and, if it names a single output, the suffix: of several
    /// features whose names it begins with, the one that has this output. If none has, the one with
    /// the longest name, which then has a fault.
    fn find(
        &mut self,
        name: &str,
        above: usize,
        progress: &mut [Progress],
        faults: &mut Faults,
    ) -> Option<(usize, Option<String>)> {
        let mut splits = self.splits(name);
        let has = |names: &Self, (feature, suffix): &(usize, Option<String>)| {
            names.pick(*feature, suffix.as_deref()).is_some()
        };
        let mut found = splits.iter().position(|split| has(self, split));
        // Ratios have their outputs once they are resolved.
        if found.is_none() && splits.len() > 1 && above < DEPTH {
            found = splits.iter().position(|split| {
                self.resolve(split.0, above + 1, progress, faults);
                has(self, split)
            });
        }
        (!splits.is_empty()).then(|| splits.swap_remove(found.unwrap_or(0)))
    }

    /// All ways to split a name into a feature and, if it may name a single output, the suffix; the
    /// longest feature first. What is the name of a feature is nothing else.
    fn splits(&self, name: &str) -> Vec<(usize, Option<String>)> {
        if let Some((number, _)) = self.feature(name) {
            return vec![(number, None)];
        }
        let splits = name.rmatch_indices('_').filter_map(|(at, _)| {
            let (number, _) = self.feature(&name[..at])?;
            Some((number, Some(name[at + 1..].to_owned())))
        });
        splits.collect()
    }

    /// The outputs of a feature, or only the one with this suffix.
    fn pick(&self, feature: usize, suffix: Option<&str>) -> Option<Vec<(usize, usize)>> {
        let outputs = &self.outputs[feature];
        let picked: Vec<_> = (0..outputs.len())
            .filter(|n| suffix.is_none() || outputs[*n].suffix.as_deref() == suffix)
            .map(|n| (feature, n))
            .collect();
        (!picked.is_empty()).then_some(picked)
    }

    /// Pairs the outputs of two sides: by equal suffixes, or one with each.
    fn pair(
        &self,
        ratio: &Feature,
        top: &[(usize, usize)],
        bottom: &[(usize, usize)],
    ) -> Option<(Vec<OutputName>, Vec<Division>)> {
        let suffix = |at: &(usize, usize)| self.outputs[at.0][at.1].suffix.clone();
        let suffixes = |side: &[(usize, usize)]| side.iter().map(suffix).collect::<Vec<_>>();
        let (tops, bottoms) = (suffixes(top), suffixes(bottom));
        // A single output named in full gives no suffix.
        let named = |side: &str| !self.features.contains_key(side);
        let Body::Ratio { top: top_name, bottom: bottom_name, .. } = &ratio.body else {
            return None;
        };
        let pairs: Vec<_> = if tops == bottoms {
            top.iter().zip(bottom).map(|(t, b)| (*t, *b, suffix(t))).collect()
        } else if let [one] = bottom {
            let of_top = |t| suffix(t).filter(|_| !named(&top_name.value));
            let of_bottom = || suffix(one).filter(|_| !named(&bottom_name.value));
            top.iter().map(|t| (*t, *one, of_top(t).or_else(of_bottom))).collect()
        } else if let [one] = top {
            bottom.iter().map(|b| (*one, *b, suffix(b))).collect()
        } else {
            return None;
        };
        // Two single outputs make one: `likes_7d` by `shows_7d` has no suffix.
        let both_named = named(&top_name.value) && named(&bottom_name.value);
        let outputs = pairs.iter().map(|(_, _, suffix)| {
            let suffix = suffix.clone().filter(|_| !both_named);
            output_name(&ratio.name.value, suffix, &ratio.name.span)
        });
        let divisions =
            pairs.iter().map(|(top, bottom, _)| Division { top: *top, bottom: *bottom });
        Some((outputs.collect(), divisions.collect()))
    }

    /// The fault that a side of a ratio names nothing; `of` is the side's word and the ratio's name.
    fn unknown(&self, side: &Spanned<String>, of: Option<(&str, &str)>) -> Diagnostic {
        let name = &side.value;
        let of =
            of.map_or_else(String::new, |(word, ratio)| format!(", the `{word}` of `{ratio}`"));
        let message = format!("there is no feature or output `{name}`{of}");
        let is_type = is_interaction(self.document, name);
        let help = match self.near(name) {
            Some(near) if !is_type => format!("did you mean `{near}`?"),
            _ => {
                let is = if is_type { "is" } else { "if it is" };
                format!(
                    "a ratio divides features; {is} an event type, `type: rate` divides those, or \
                     name a feature that counts it: `- {{name: {name}, type: interaction_count, \
                     interaction: {name}, scope: …}}`"
                )
            }
        };
        codes::BAD_OPERAND.at(side.span.clone(), message).help(help)
    }

    /// The most similar name of a feature or output.
    fn near(&self, name: &str) -> Option<&str> {
        let features = self.document.features.iter().map(|feature| feature.name.value.as_str());
        let outputs = self.outputs.iter().flatten().map(|output| output.name.as_str());
        nearest(name, features.chain(outputs))
    }

    /// Reports outputs with the same name.
    fn clashes(&self, faults: &mut Faults) {
        let mut seen: HashMap<&str, (usize, &Range<usize>)> = HashMap::new();
        for (number, outputs) in self.outputs.iter().enumerate() {
            let own = &self.document.features[number].name.value;
            // Features with the same name have a fault of their own.
            if self.features.get(own.as_str()) != Some(&number) {
                continue;
            }
            for output in outputs {
                match seen.get(output.name.as_str()) {
                    Some((_, first)) => {
                        faults.add(clash(&output.name, "outputs", &output.span, first));
                    }
                    None => {
                        seen.insert(&output.name, (number, &output.span));
                    }
                }
            }
        }
    }
}

fn clash(name: &str, what: &str, second: &Range<usize>, first: &Range<usize>) -> Diagnostic {
    let fault =
        codes::DUPLICATE_NAME.at(second.clone(), format!("two {what} have the name `{name}`"));
    if first == second {
        // Both have the same span: a matrix whose axis is missing in the name.
        return fault.help("put every axis of the matrix into the name: `{axis}`");
    }
    fault.label(first.clone(), "the first one").help("give one of them another name")
}

/// The fault with the combination of a matrix that it is about.
fn within(mut fault: Diagnostic, combination: Option<&Label>) -> Diagnostic {
    fault.labels.extend(combination.cloned());
    fault
}

fn unequal(top: &Spanned<String>, bottom: &Spanned<String>) -> Diagnostic {
    let message = format!("`{}` and `{}` have different lists", top.value, bottom.value);
    codes::BAD_OPERAND
        .at(top.span.clone(), message)
        .label(bottom.span.clone(), "this one has other windows or half-lives")
        .help("give both the same list, or name a single output of one of them")
}
