//! `/eviction`: pods that are deleted if their disruption budget allows it (pkg/registry/core/pod/storage/eviction.go).

use std::sync::{Arc, LazyLock};

use http::StatusCode;
use serde_json::{Value, json};
use watch_core::wire::Status;

use super::objects::ObjectRequest;
use crate::model::admission::admit::complete;
use crate::model::admission::deletion::Deletion;
use crate::model::admission::dry_run;
use crate::model::admission::owners::is_deleted;
use crate::model::admission::preconditions::Preconditions;
use crate::model::endpoints::body::read_object;
use crate::model::endpoints::reply::{ErrorReply, Reply};
use crate::model::selector::label::{LabelSelector, text_of};
use crate::model::storage::conditions;
use crate::model::storage::object::{Key, Version};
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::bad_request;
use crate::model::validation::field_errors::cause;

/// The request's body.
static EVICTION: LazyLock<Resource> = LazyLock::new(|| Resource::built_in("policy", "v1", "evictions", "Eviction"));

const BUDGETS: &str = "poddisruptionbudgets.policy";

impl ObjectRequest<'_> {
    pub(super) fn evict(&mut self, name: &str) -> Result<Reply, ErrorReply> {
        self.check_namespace()?;
        let (resource, namespace) = (&self.target.resource, self.target.namespace.as_deref());
        let eviction = read_object(&EVICTION, self.request)?;
        let eviction = complete(&EVICTION, namespace, eviction)?;
        self.cluster.check_namespace_lives(resource, namespace, &eviction)?;
        if eviction.pointer("/metadata/name").and_then(Value::as_str) != Some(name) {
            return Err(bad_request("name in URL does not match name in Eviction object").into());
        }
        let options = eviction.get("deleteOptions").unwrap_or(&Value::Null);
        self.cluster.is_dry_run |= dry_run::in_options(options, "DeleteOptions")?;
        let mut preconditions = Preconditions::of(options);
        let pod = self.existing(name)?;
        if !ignores_budget(&pod) {
            let budgets = self.budgets(&pod);
            match budgets.as_slice() {
                [] => {}
                [budget] => {
                    if is_ready(&pod) || !lets_unready_pods_go(budget) {
                        self.take_from(budget, name)?;
                    } else {
                        // It must not have become ready meanwhile.
                        preconditions.resource_version.get_or_insert_with(|| pod.revision.to_string());
                    }
                }
                _ => {
                    let why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not \
                               support.";
                    return Err(Status::new(500, "", why).into());
                }
            }
        }
        self.delete_evicted(&pod, preconditions, options)?;
        let body = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Success\",\"code\":201}\n";
        Ok(Reply::json(StatusCode::CREATED, body))
    }

    /// `addConditionAndDeletePod`
    fn delete_evicted(
        &mut self,
        pod: &Arc<Version>,
        mut preconditions: Preconditions,
        options: &Value,
    ) -> Result<(), Status> {
        let (namespace, name) = (pod.namespace(), pod.name());
        // The preconditions must hold before the condition is set.
        preconditions.check(&pod.resource, name, pod)?;
        let mut value = pod.value.clone();
        let timestamp = self.cluster.timestamp(self.now);
        conditions::set(
            &mut value,
            json!({"type": "DisruptionTarget", "status": "True", "lastProbeTime": null, "lastTransitionTime": timestamp,
                "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"}),
        );
        if value != pod.value {
            let marked = self.cluster.put(self.now, &pod.resource, Key::new(namespace, name), value);
            if preconditions.resource_version.is_some() {
                preconditions.resource_version = Some(marked.revision.to_string());
            }
        }
        let deletion = Deletion { preconditions, ..Deletion::of(options)? };
        self.cluster.delete_with(self.now, &pod.resource, namespace, name, &deletion)?;
        Ok(())
    }

    /// The disruption budgets of a pod (`getPodDisruptionBudgets`).
    fn budgets(&self, pod: &Version) -> Vec<Arc<Version>> {
        let prefix = Key::prefix(pod.namespace());
        let store = &self.cluster.store;
        let all = store.at(BUDGETS, &prefix, None, store.revision());
        let is_of_it = |budget: &Version| {
            let selector = budget.value.pointer("/spec/selector").filter(|selector| !selector.is_null());
            selector.is_some_and(|selector| {
                LabelSelector::parse(&text_of(selector)).is_ok_and(|selector| selector.matches(pod.labels()))
            })
        };
        all.map(|(_, budget)| budget).filter(|budget| is_of_it(budget)).cloned().collect()
    }

    /// Takes one disruption from a budget, or refuses if none is left (`checkAndDecrement`).
    fn take_from(&mut self, budget: &Arc<Version>, pod: &str) -> Result<(), Status> {
        let number = |pointer| budget.value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
        let name = budget.name();
        let observed = number("/status/observedGeneration");
        if observed < number("/metadata/generation") {
            let why = format!("The disruption budget {name} is still being processed by the server.");
            return Err(too_many(10, why));
        }
        let allowed = number("/status/disruptionsAllowed");
        if allowed < 0 {
            let mut status = Status::new(
                403,
                "Forbidden",
                format!("poddisruptionbudget.policy {name:?} is forbidden: pdb disruptions allowed is negative"),
            );
            status.details.name = name.into();
            status.details.group = "policy".into();
            status.details.kind = "poddisruptionbudget".into();
            return Err(status);
        }
        if allowed == 0 {
            let (current, desired) = (number("/status/currentHealthy"), number("/status/desiredHealthy"));
            return Err(too_many(0, refusal_reason(&budget.value, name, current, desired)));
        }
        let mut value = budget.value.clone();
        let timestamp = self.cluster.timestamp(self.now);
        value["status"]["disruptionsAllowed"] = (allowed - 1).into();
        value["status"]["disruptedPods"][pod] = timestamp.clone().into();
        if allowed == 1 {
            conditions::set(
                &mut value,
                json!({"type": "DisruptionAllowed", "status": "False", "observedGeneration": observed,
                    "lastTransitionTime": timestamp, "reason": "InsufficientPods", "message": ""}),
            );
        }
        let key = Key::new(budget.namespace(), name);
        self.cluster.put(self.now, &budget.resource, key, value);
        Ok(())
    }
}

/// `canIgnorePDB`. A pod without a phase counts as pending, which is its phase on a real server.
fn ignores_budget(pod: &Version) -> bool {
    matches!(pod.text("/status/phase"), "Succeeded" | "Failed" | "Pending" | "") || is_deleted(&pod.value)
}

fn is_ready(pod: &Version) -> bool {
    conditions::find(&pod.value, "Ready").is_some_and(|ready| ready["status"] == "True")
}

/// Returns whether pods that aren't ready are exempt (`unhealthyPodEvictionPolicy`).
fn lets_unready_pods_go(budget: &Version) -> bool {
    let number = |pointer| budget.value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    let desired = number("/status/desiredHealthy");
    budget.text("/spec/unhealthyPodEvictionPolicy") == "AlwaysAllow"
        || (desired > 0 && number("/status/currentHealthy") >= desired)
}

fn refusal_reason(budget: &Value, name: &str, current: i64, desired: i64) -> String {
    let not_allowed = conditions::find(budget, "DisruptionAllowed").filter(|condition| condition["status"] == "False");
    let text = |field: &str| {
        let text = not_allowed.and_then(|condition| condition.get(field)).and_then(Value::as_str);
        text.unwrap_or_default()
    };
    let (reason, message) = (text("reason"), text("message"));
    match () {
        () if !message.is_empty() && reason == "SyncFailed" => {
            format!(
                "The disruption budget {name} does not allow evicting pods currently because it failed sync: {message}"
            )
        }
        () if current <= desired => {
            format!("The disruption budget {name} needs {desired} healthy pods and has {current} currently")
        }
        () if !message.is_empty() => {
            format!("The disruption budget {name} does not allow evicting pods currently ({reason}): {message}")
        }
        () => format!("The disruption budget {name} does not allow evicting pods currently"),
    }
}

/// `NewTooManyRequests`
fn too_many(retry_after: i64, why: String) -> Status {
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    let mut status = Status::new(429, "TooManyRequests", message);
    status.details.causes.push(cause("DisruptionBudget", why, ""));
    status.details.retry_after_seconds = retry_after;
    status
}
