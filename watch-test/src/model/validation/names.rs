//! Validates names (`apimachinery/pkg/util/validation`), with the texts of kube-apiserver.

use core::net::IpAddr;

use crate::model::storage::resource::Resource;

/// The form of the names of a resource's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// Labels with dots between them.
    Subdomain,
    Label,
    /// Any segment of a path: `system:node` (`ValidatePathSegmentName`).
    Segment,
    /// An IP address in its canonical form (`ValidateIPAddressName`).
    Address,
}

impl Name {
    pub(crate) fn of(resource: &Resource) -> Self {
        match resource.name().as_str() {
            "namespaces" | "services" | "statefulsets.apps" => Self::Label,
            "ipaddresses.networking.k8s.io" => Self::Address,
            // Their registries don't check names.
            "events" | "poddisruptionbudgets.policy" => Self::Segment,
            _ if !resource.custom && resource.group == "rbac.authorization.k8s.io" => Self::Segment,
            _ => Self::Subdomain,
        }
    }

    /// Returns the errors of a name.
    pub(crate) fn against(self, name: &str) -> Vec<String> {
        let (longest, is_right, rule) = match self {
            Self::Subdomain => (253, name.split('.').all(is_label), SUBDOMAIN),
            // Each part between dots is a label, so only the dots are reported.
            Self::Label if name.contains('.') && name.split('.').all(is_label) => (63, false, "must not contain dots"),
            Self::Label => (63, is_label(name), LABEL),
            Self::Segment if matches!(name, "." | "..") => return vec![format!("may not be '{name}'")],
            Self::Segment => return not_in_segments(name),
            Self::Address => return not_in_addresses(name).into_iter().collect(),
        };
        let mut wrong = Vec::new();
        if name.len() > longest {
            wrong.push(format!("must be no more than {longest} characters"));
        }
        if !is_right {
            wrong.push(rule.to_owned());
        }
        wrong
    }

    /// Returns the errors of a name's prefix, which may end in a dash (`maskTrailingDash`).
    pub(crate) fn against_prefix(self, prefix: &str) -> Vec<String> {
        match self {
            Self::Segment => return not_in_segments(prefix),
            // Nothing is appended to it.
            Self::Address => return self.against(prefix),
            Self::Subdomain | Self::Label => {}
        }
        let mut masked = prefix.to_owned();
        if masked.len() > 1 && masked.ends_with('-') {
            masked.pop();
            masked.pop();
            masked.push('a');
        }
        self.against(&masked)
    }
}

/// Returns the errors of an address (`IsValidIP` of apimachinery/pkg/util/validation).
fn not_in_addresses(name: &str) -> Option<String> {
    let without_zeros = |part: &str| match part.trim_start_matches('0') {
        "" if !part.is_empty() => "0".to_owned(),
        rest => rest.to_owned(),
    };
    let sloppy = if name.contains(':') {
        name.to_owned()
    } else {
        name.split('.').map(without_zeros).collect::<Vec<_>>().join(".")
    };
    let Ok(address) = sloppy.parse::<IpAddr>() else {
        return Some("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".to_owned());
    };
    match address {
        IpAddr::V4(_) if sloppy != name => Some("must not have leading 0s".to_owned()),
        IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => {
            Some("must not be an IPv4-mapped IPv6 address".to_owned())
        }
        _ => (address.to_string() != name).then(|| format!("must be in canonical form (\"{address}\")")),
    }
}

fn not_in_segments(name: &str) -> Vec<String> {
    ["/", "%"].iter().filter(|part| name.contains(**part)).map(|part| format!("may not contain '{part}'")).collect()
}

/// Returns the errors of a name that must begin with a letter (`IsDNS1035Label`).
pub(crate) fn dns_1035(name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if name.len() > 63 {
        wrong.push("must be no more than 63 characters".to_owned());
    }
    if !is_label(name) || name.starts_with(|first: char| first.is_ascii_digit()) {
        wrong.push(DNS_1035.to_owned());
    }
    wrong
}

/// Returns the errors of the key of a label or an annotation (`IsQualifiedName`).
pub(crate) fn qualified(key: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let parts: Vec<&str> = key.split('/').collect();
    let name = match parts.as_slice() {
        [name] => name,
        ["", name] => {
            wrong.push("prefix part must be non-empty".to_owned());
            name
        }
        [prefix, name] => {
            // The package that validates labels counts in bytes, and its message has that word.
            let in_bytes = |why: &String| format!("prefix part {why}").replace("253 characters", "253 bytes");
            wrong.extend(Name::Subdomain.against(prefix).iter().map(in_bytes));
            name
        }
        _ => {
            return vec![format!(
                "a valid label key {QUALIFIED} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        wrong.push("name part must be no more than 63 bytes".to_owned());
    }
    if !is_qualified_part(name) {
        wrong.push(format!("name part {QUALIFIED}"));
    }
    wrong
}

/// Returns the errors of the value of a label.
pub(crate) fn label_value(value: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if value.len() > 63 {
        wrong.push("must be no more than 63 bytes".to_owned());
    }
    if !value.is_empty() && !is_qualified_part(value) {
        wrong.push(VALUE.to_owned());
    }
    wrong
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
fn is_label(text: &str) -> bool {
    is_made_of(text, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit(), b"-")
}

/// `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`
fn is_qualified_part(text: &str) -> bool {
    is_made_of(text, |byte| byte.is_ascii_alphanumeric(), b"-_.")
}

/// Returns whether the text isn't empty, begins and ends with plain characters, and has only these and `inner` ones
/// between them.
fn is_made_of(text: &str, is_plain: fn(u8) -> bool, inner: &[u8]) -> bool {
    let ends = text.as_bytes().first().zip(text.as_bytes().last());
    ends.is_some_and(|(first, last)| is_plain(*first) && is_plain(*last))
        && text.bytes().all(|byte| is_plain(byte) || inner.contains(&byte))
}

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
                         and must start and end with an alphanumeric character (e.g. 'example.com', regex used for \
                         validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
                     start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for \
                     validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
                        alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', \
                        regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                         alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for \
                         validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
                     must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', \
                     regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
