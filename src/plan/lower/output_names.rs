//! The names of outputs: the feature's name, with a suffix for each element of a list.

use std::ops::Range;

use crate::config::{Body, Feature, Length, Past, Spanned, Windows};

/// An output's name and its suffix.
#[derive(Clone, Debug)]
pub(super) struct OutputName {
    pub name: String,
    /// The suffix for one of several windows or half-lives; `None` for a feature without a list.
    pub suffix: Option<String>,
    /// The span that determines the name.
    pub span: Range<usize>,
}

/// The outputs of a feature, except those of ratios, which are not resolved yet.
pub(super) fn own_outputs(feature: &Feature) -> Vec<OutputName> {
    let name = &feature.name;
    let plain = || vec![output_name(&name.value, None, &name.span)];
    let of_windows = |windows: &Windows| {
        windows.lengths.iter().map(|length| of_length(&name.value, length)).collect()
    };
    match &feature.body {
        Body::Ratio { .. } => Vec::new(),
        Body::InteractionCount { .. } => plain(),
        Body::WindowCount { windows, .. } | Body::Rate { windows, .. } => of_windows(windows),
        Body::Counter { past, percentiles, .. } => {
            let outputs = match past {
                Past::Lifetime => plain(),
                Past::Windows(windows, _) => of_windows(windows),
                Past::Decay(half_lives) => {
                    half_lives.iter().map(|length| of_length(&name.value, length)).collect()
                }
            };
            at_percentiles(name, outputs, percentiles.as_ref())
        }
    }
}

/// The outputs of a counter: one for each element of its past, at each of its percentiles.
fn at_percentiles(
    feature: &Spanned<String>,
    outputs: Vec<OutputName>,
    percentiles: Option<&Spanned<Vec<Length<u32>>>>,
) -> Vec<OutputName> {
    let Some(percentiles) = percentiles else { return outputs };
    let at_each = outputs.iter().flat_map(|output| {
        percentiles.value.iter().map(|at| {
            let parts = [output.suffix.as_deref(), at.suffix.as_deref()];
            let parts: Vec<&str> = parts.into_iter().flatten().collect();
            let span = if at.suffix.is_some() { &at.span } else { &output.span };
            let suffix = (!parts.is_empty()).then(|| parts.join("_"));
            output_name(&feature.value, suffix, span)
        })
    });
    at_each.collect()
}

fn of_length<T>(feature: &str, length: &Length<T>) -> OutputName {
    output_name(feature, length.suffix.clone(), &length.span)
}

pub(super) fn output_name(
    feature: &str,
    suffix: Option<String>,
    span: &Range<usize>,
) -> OutputName {
    let name = match &suffix {
        Some(suffix) => format!("{feature}_{suffix}"),
        None => feature.to_owned(),
    };
    OutputName { name, suffix, span: span.clone() }
}
