//! The rules of faults.

use http::{Method, Uri};

use super::ApiServer;
use super::active_faults::ActiveFaults;
use crate::fault::{Requests, Rule};
use crate::model::endpoints::route::Route;

/// The rules that can still apply.
#[derive(Debug, Default)]
pub(super) struct Rules(Vec<Rule>);

impl Rules {
    /// Returns the faults of a request, and their text for the log. Counts the request in each rule that matches it.
    pub(super) fn match_faults(&mut self, method: &Method, uri: &Uri, route: &Route) -> (ActiveFaults, Option<String>) {
        let mut faults = ActiveFaults::default();
        let mut names: Vec<String> = Vec::new();
        for rule in &mut self.0 {
            if rule.times == Some(0) || !matches(&rule.on, method, uri, route) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            if let Some(times) = &mut rule.times {
                *times -= 1;
            }
            names.push(Rule::from(rule.fault.clone()).to_string());
            faults.add(&rule.fault);
        }
        self.0.retain(|rule| rule.times != Some(0));
        (faults, (!names.is_empty()).then(|| names.join(" ")))
    }
}

impl ApiServer {
    /// Adds a rule: a fault of requests to come. If several rules match a request, all apply; after a refusal, the
    /// others have no visible effect.
    ///
    /// # Panics
    /// Panics if a field of the rule is out of its range; [`Rule::check`] checks a rule beforehand.
    pub fn inject(&mut self, rule: impl Into<Rule>) {
        let rule = rule.into();
        if let Err(error) = rule.check() {
            panic!("{error}");
        }
        self.rules.0.push(rule);
    }

    /// The rules that can still apply.
    pub fn rules(&self) -> &[Rule] {
        &self.rules.0
    }

    /// Removes all rules.
    pub fn clear_rules(&mut self) {
        self.rules.0.clear();
    }
}

fn matches(on: &Requests, method: &Method, uri: &Uri, route: &Route) -> bool {
    let target = match route {
        Route::Resource(target) => Some(target),
        _ => None,
    };
    let query = uri.query().unwrap_or_default();
    let is_verb = |wanted: &str| target.is_some_and(|target| target.verb(method, query) == wanted);
    let is_resource = |wanted: &str| target.is_some_and(|target| target.resource.is_called(wanted));
    let contains = |wanted: &str| uri.path_and_query().is_some_and(|path| path.as_str().contains(wanted));
    on.verb.as_deref().is_none_or(is_verb)
        && on.resource.as_deref().is_none_or(is_resource)
        && on.contains.as_deref().is_none_or(contains)
}
