//! Which outputs are shown: all but those that the screen hides.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::plan::{OutputId, Plan, ScopeId};

use super::source::outputs;
use crate::session::snapshot::{ScopeInfo, Source};

/// What is hidden of a plan. Clones are cheap, and are equal while the same is hidden.
#[derive(Clone)]
pub(super) struct OutputFilter {
    plan: Arc<Plan>,
    names: Arc<BTreeSet<String>>,
    /// What is loaded, and the same without what is hidden.
    loaded: Arc<Source>,
    shown: Arc<Source>,
    /// For each output whether it is hidden; empty where nothing is.
    hidden: Arc<[bool]>,
}

impl OutputFilter {
    pub(super) fn new(
        plan: &Arc<Plan>,
        loaded: &Arc<Source>,
        names: &Arc<BTreeSet<String>>,
    ) -> Self {
        let hidden: Arc<[bool]> = if names.is_empty() {
            Arc::default()
        } else {
            plan.outputs.iter().map(|output| names.contains(&output.name)).collect()
        };
        let shown = if hidden.contains(&true) {
            Arc::new(without(loaded, names, hidden.iter().filter(|is| **is).count()))
        } else {
            Arc::clone(loaded)
        };
        let (plan, loaded, names) = (Arc::clone(plan), Arc::clone(loaded), Arc::clone(names));
        Self { plan, names, loaded, shown, hidden }
    }

    /// Whether it is still what is to be shown.
    pub(super) fn is_of(
        &self,
        plan: &Arc<Plan>,
        loaded: &Arc<Source>,
        names: &Arc<BTreeSet<String>>,
    ) -> bool {
        Arc::ptr_eq(&self.plan, plan)
            && Arc::ptr_eq(&self.loaded, loaded)
            && (Arc::ptr_eq(&self.names, names) || self.names == *names)
    }

    /// Whether the same outputs of the same plan are shown.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.plan, &other.plan) && self.hidden == other.hidden
    }

    /// What is loaded, without what is hidden.
    pub(super) const fn source(&self) -> &Arc<Source> {
        &self.shown
    }

    /// The outputs of a scope that are shown, in the config's order.
    pub(super) fn outputs(&self, scope: ScopeId) -> Vec<OutputId> {
        let is_shown = |output: &OutputId| !self.hidden.get(output.0).is_some_and(|is| *is);
        outputs(&self.plan, scope).filter(is_shown).collect()
    }
}

fn without(source: &Source, names: &BTreeSet<String>, hidden: usize) -> Source {
    let scope = |scope: &ScopeInfo| ScopeInfo {
        columns: scope.columns.iter().filter(|c| !names.contains(&c.output)).cloned().collect(),
        ..scope.clone()
    };
    Source { hidden, scopes: source.scopes.iter().map(scope).collect(), ..source.clone() }
}
