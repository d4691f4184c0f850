//! `/eviction`: pods that are deleted if their disruption budget allows it (pkg/registry/core/pod/storage/eviction.go).

use core::time::Duration;
use std::sync::{Arc, LazyLock};

use http::StatusCode;
use serde_json::{Value, json};
use watch_core::wire::Status;

use super::serve::Asked;
use super::verbs::Refusal;
use crate::model::ApiServer;
use crate::model::admission::deletion::Deletion;
use crate::model::admission::dry_run;
use crate::model::admission::preconditions::Preconditions;
use crate::model::endpoints::body::read_object;
use crate::model::endpoints::list_options::cause;
use crate::model::endpoints::reply::{Reply, bad_request, not_found};
use crate::model::endpoints::route::Target;
use crate::model::selector::label::{LabelSelector, text_of};
use crate::model::storage::object::{Key, Version};
use crate::model::storage::resource::Resource;

/// What is received.
static EVICTION: LazyLock<Resource> = LazyLock::new(|| Resource::built_in("policy", "v1", "evictions", "Eviction"));

const BUDGETS: &str = "poddisruptionbudgets.policy";

impl ApiServer {
    pub(crate) fn evict(
        &mut self,
        now: Duration,
        target: &Target,
        name: &str,
        asked: &Asked<'_>,
    ) -> Result<Reply, Refusal> {
        self.check_namespace(target)?;
        let eviction = self.adopt(&EVICTION, target.namespace.as_deref(), read_object(&EVICTION, asked)?)?;
        self.check_namespace_lives(&target.resource, target.namespace.as_deref(), &eviction)?;
        if eviction.pointer("/metadata/name").and_then(Value::as_str) != Some(name) {
            return Err(bad_request("name in URL does not match name in Eviction object").into());
        }
        let options = eviction.get("deleteOptions").unwrap_or(&Value::Null);
        let dry_run = options.get("dryRun").and_then(Value::as_array).into_iter().flatten();
        let dry_run: Vec<String> = dry_run.filter_map(Value::as_str).map(str::to_owned).collect();
        self.is_dry_run |= dry_run::check(&dry_run, "DeleteOptions")?;
        let mut preconditions = Preconditions::of(options);
        let namespace = target.namespace.as_deref().unwrap_or_default();
        let key = Key::new(Some(namespace), name);
        let pod = self.stored(&target.resource, &key).ok_or_else(|| not_found(&target.resource, name))?;
        if !goes_anyway(&pod) {
            let budgets = self.budgets(namespace, &pod);
            match budgets.as_slice() {
                [] => {}
                [budget] => {
                    if is_ready(&pod) || !lets_unready_pods_go(budget) {
                        self.take_from(now, budget, name)?;
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
        self.delete_evicted(now, &pod, preconditions)?;
        let body = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Success\",\"code\":201}\n";
        Ok(Reply::json(StatusCode::CREATED, body))
    }

    /// `addConditionAndDeletePod`
    fn delete_evicted(
        &mut self,
        now: Duration,
        pod: &Arc<Version>,
        mut preconditions: Preconditions,
    ) -> Result<(), Status> {
        let name = pod.text("/metadata/name");
        let namespace = Some(pod.text("/metadata/namespace"));
        // What doesn't hold before the condition is there, doesn't hold at all.
        preconditions.check(&pod.resource, name, pod)?;
        let mut value = pod.value.clone();
        let timestamp = self.timestamp(now);
        set_condition(
            &mut value,
            json!({"type": "DisruptionTarget", "status": "True", "lastProbeTime": null, "lastTransitionTime": timestamp,
                "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"}),
        );
        if value != pod.value {
            let marked = self.put(now, &pod.resource, Key::new(namespace, name), value);
            if preconditions.resource_version.is_some() {
                preconditions.resource_version = Some(marked.revision.to_string());
            }
        }
        let deletion = Deletion { preconditions, ..Deletion::default() };
        self.delete_with(now, &pod.resource, namespace, name, &deletion)?;
        Ok(())
    }

    /// The disruption budgets of a pod (`getPodDisruptionBudgets`).
    fn budgets(&self, namespace: &str, pod: &Version) -> Vec<Arc<Version>> {
        let prefix = Key::prefix(Some(namespace));
        let all = self.store.at(BUDGETS, &prefix, None, self.store.revision());
        let is_of_it = |budget: &Version| {
            let selector = budget.value.pointer("/spec/selector").filter(|selector| !selector.is_null());
            selector.is_some_and(|selector| {
                LabelSelector::parse(&text_of(selector)).is_ok_and(|selector| selector.matches(pod.labels()))
            })
        };
        all.map(|(_, budget)| budget).filter(|budget| is_of_it(budget)).cloned().collect()
    }

    /// Takes one disruption from a budget, or refuses if there is none (`checkAndDecrement`).
    fn take_from(&mut self, now: Duration, budget: &Arc<Version>, pod: &str) -> Result<(), Status> {
        let number = |pointer| budget.value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
        let name = budget.text("/metadata/name");
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
            return Err(too_many(0, why_none(&budget.value, name, current, desired)));
        }
        let mut value = budget.value.clone();
        let timestamp = self.timestamp(now);
        value["status"]["disruptionsAllowed"] = (allowed - 1).into();
        value["status"]["disruptedPods"][pod] = timestamp.clone().into();
        if allowed == 1 {
            set_condition(
                &mut value,
                json!({"type": "DisruptionAllowed", "status": "False", "observedGeneration": observed,
                    "lastTransitionTime": timestamp, "reason": "InsufficientPods", "message": ""}),
            );
        }
        let key = Key::new(Some(budget.text("/metadata/namespace")), name);
        self.put(now, &budget.resource, key, value);
        Ok(())
    }
}

/// `canIgnorePDB`. A pod without a phase is one that a real server would call pending.
fn goes_anyway(pod: &Version) -> bool {
    matches!(pod.text("/status/phase"), "Succeeded" | "Failed" | "Pending" | "")
        || pod.value.pointer("/metadata/deletionTimestamp").is_some()
}

fn is_ready(pod: &Version) -> bool {
    condition(&pod.value, "Ready").is_some_and(|ready| ready["status"] == "True")
}

/// Whether pods that aren't ready don't count (`unhealthyPodEvictionPolicy`).
fn lets_unready_pods_go(budget: &Version) -> bool {
    let number = |pointer| budget.value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    let desired = number("/status/desiredHealthy");
    budget.text("/spec/unhealthyPodEvictionPolicy") == "AlwaysAllow"
        || (desired > 0 && number("/status/currentHealthy") >= desired)
}

fn why_none(budget: &Value, name: &str, current: i64, desired: i64) -> String {
    let not_allowed = condition(budget, "DisruptionAllowed").filter(|condition| condition["status"] == "False");
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

fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array)?;
    conditions.iter().find(|condition| condition["type"] == kind)
}

/// Says in an object's status that something is the case, since the time that it gives unless it was so before.
fn set_condition(object: &mut Value, mut condition: Value) {
    let conditions = &mut object["status"]["conditions"];
    if !conditions.is_array() {
        *conditions = json!([]);
    }
    let Some(conditions) = conditions.as_array_mut() else { return };
    match conditions.iter_mut().find(|present| present["type"] == condition["type"]) {
        Some(present) => {
            if present["status"] == condition["status"] {
                condition["lastTransitionTime"] = present["lastTransitionTime"].clone();
            }
            *present = condition;
        }
        None => conditions.push(condition),
    }
}
