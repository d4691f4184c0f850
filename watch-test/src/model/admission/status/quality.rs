//! The QoS class of a pod, which the API server fills in (`ComputePodQOS` of pkg/apis/core/v1/helper/qos).

use std::collections::BTreeMap;

use serde_json::Value;

/// The values that the class depends on.
const COUNTED: [&str; 2] = ["cpu", "memory"];

/// `BestEffort` if no container has requests or limits, `Guaranteed` if the limits of each equal its requests.
pub(super) fn class(pod: &Value) -> &'static str {
    let list = |pointer: &str| pod.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let (mut requests, mut limits) = (BTreeMap::new(), BTreeMap::new());
    let mut all_are_limited = true;
    for container in list("/spec/containers").chain(list("/spec/initContainers")) {
        for name in COUNTED {
            let limit = amount(container, "limits", name);
            // A limit without a request is one (`SetDefaults_Pod`).
            let request = amount(container, "requests", name).or(limit);
            for (amount, sums) in [(limit, &mut limits), (request, &mut requests)] {
                if let Some(amount) = amount {
                    let sum: &mut i128 = sums.entry(name).or_default();
                    *sum = sum.saturating_add(amount);
                }
            }
            all_are_limited &= limit.is_some();
        }
    }
    match (requests.is_empty() && limits.is_empty(), all_are_limited && requests == limits) {
        (true, _) => "BestEffort",
        (false, true) => "Guaranteed",
        (false, false) => "Burstable",
    }
}

/// Returns the amount of a resource that a container requests, in billionths; `None` if it is zero.
fn amount(container: &Value, which: &str, name: &str) -> Option<i128> {
    let amount = match container.pointer(&format!("/resources/{which}/{name}"))? {
        Value::String(text) => quantity(text),
        Value::Number(number) => quantity(&number.to_string()),
        _ => None,
    };
    amount.filter(|amount| *amount > 0)
}

/// Returns a quantity in billionths, as `resource.Quantity` reads it; `None` if the text isn't a quantity.
fn quantity(text: &str) -> Option<i128> {
    let is_number = |character: char| character.is_ascii_digit() || matches!(character, '.' | '+' | '-');
    let end = text.find(|character| !is_number(character)).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (integer, fraction) = number.split_once('.').unwrap_or((number, ""));
    if !number.contains(|character: char| character.is_ascii_digit()) {
        return None;
    }
    let fraction = &fraction[..fraction.len().min(9)];
    let digits: i128 = format!("{integer}{fraction:0<9}").parse().ok()?;
    let (times, by) = match suffix {
        "n" => (1, 1_000_000_000),
        "u" => (1, 1_000_000),
        "m" => (1, 1000),
        "" => (1, 1),
        "k" => (1000, 1),
        "M" => (1_000_000, 1),
        "G" => (1_000_000_000, 1),
        "T" => (1_000_000_000_000, 1),
        "P" => (1_000_000_000_000_000, 1),
        "E" => (1_000_000_000_000_000_000, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        "Pi" => (1 << 50, 1),
        "Ei" => (1 << 60, 1),
        exponent => {
            let exponent: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
            if exponent < 0 { (1, power) } else { (power, 1) }
        }
    };
    Some(digits.checked_mul(times)? / by)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quantities_are_those_of_kubernetes() {
        let billion = 1_000_000_000;
        for (text, amount) in [
            ("1", billion),
            ("100m", billion / 10),
            ("0.1", billion / 10),
            ("1Ki", 1024 * billion),
            ("1.5k", 1500 * billion),
            ("1e3", 1000 * billion),
            ("1E-1", billion / 10),
            ("5n", 5),
        ] {
            assert_eq!(quantity(text), Some(amount), "{text}");
        }
        for text in ["", "x", "1x", "1.2.3", "1e", "99999999999999999999999999999999E"] {
            assert_eq!(quantity(text), None, "{text}");
        }
    }

    #[test]
    fn the_class_is_that_of_all_containers() {
        let pod = |resources: &[Value]| {
            let containers: Vec<Value> =
                resources.iter().map(|resources| json!({"name": "c", "resources": resources})).collect();
            json!({"spec": {"containers": containers}})
        };
        let (exact, free) = (json!({"limits": {"cpu": "1", "memory": "1Gi"}}), json!({}));
        let wide = json!({"limits": {"cpu": 1, "memory": "1Gi"}, "requests": {"cpu": "500m"}});
        let same = json!({"limits": {"cpu": "1", "memory": "1Ki"}, "requests": {"cpu": "1000m", "memory": 1024}});
        for (resources, expected) in [
            (vec![free.clone()], "BestEffort"),
            (vec![json!({"requests": {"example.com/gpu": 1, "cpu": 0}})], "BestEffort"),
            (vec![exact.clone()], "Guaranteed"),
            (vec![same, exact.clone()], "Guaranteed"),
            (vec![exact, free], "Burstable"),
            (vec![wide], "Burstable"),
            (vec![json!({"limits": {"cpu": "1"}})], "Burstable"),
        ] {
            assert_eq!(class(&pod(&resources)), expected, "{resources:?}");
        }
    }
}
