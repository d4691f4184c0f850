//! Where the instructions are spent, by groups of functions.

use super::count::{Counted, Function};

/// The groups, and what the name of a function in them contains. The first group that fits counts.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "memory allocator",
        &["malloc", "free", "calloc", "realloc", "unlink_chunk", "alloc::raw_vec", "__rdl_", "__rust"],
    ),
    ("copying and comparing bytes", &["memcpy", "memmove", "memset", "memcmp", "memchr", "bcmp"]),
    ("decoder", &["serde_json", "serde_core", "k8s_openapi", "kube_core", "PartialObjectMetadata"]),
    ("collections", &["alloc::collections", "alloc::vec", "alloc::string", "hashbrown"]),
    ("structural scan", &["watch_core::wire::scan", "fearless_simd"]),
    ("envelope and metadata", &["watch_core::wire", "watch_core::object", "watch_core::text"]),
    ("changes", &["watch_core::diff"]),
    ("state machine", &["watch_core"]),
    ("store", &["watch_hyper::store", "immutable_chunkmap"]),
    ("driver", &["watch_hyper"]),
    ("HTTP", &["hyper", "h2::", "http::", "http_body"]),
    ("runtime", &["tokio", "tracing", "futures", "mio"]),
];

const OTHER: &str = "other";
/// The functions in a table.
const FUNCTIONS: usize = 20;

fn group(function: &Function) -> &'static str {
    let is_of = |parts: &[&str]| parts.iter().any(|part| function.name.contains(part));
    GROUPS.iter().find(|(_, parts)| is_of(parts)).map_or(OTHER, |(group, _)| *group)
}

/// Prints a table in Markdown: for each case the instructions an object, and the share of each group.
pub(crate) fn print(cases: &[(String, Counted)]) {
    let groups: Vec<_> = GROUPS.iter().map(|(group, _)| *group).chain([OTHER]).collect();
    println!("| case | instructions | {} |", groups.join(" | "));
    println!("|---|---|{}", "---|".repeat(groups.len()));
    for (name, case) in cases {
        let share = |wanted: &&str| {
            let of_group = case.functions.iter().filter(|function| group(function) == *wanted);
            let count: u64 = of_group.map(|function| function.count).sum();
            format!("{:.0} %", count as f64 / case.total as f64 * 100.0)
        };
        let shares: Vec<_> = groups.iter().map(share).collect();
        println!("| {name} | {} | {} |", case.total, shares.join(" | "));
    }
}

/// Prints the functions that take the most instructions in each case.
pub(crate) fn print_functions(cases: &[(String, Counted)]) {
    for (name, case) in cases {
        println!("{name}: {} instructions", case.total);
        for function in case.functions.iter().take(FUNCTIONS) {
            let percent = function.count as f64 / case.total as f64 * 100.0;
            println!("{:>10} {percent:>5.1} % {} ({})", function.count, function.name, group(function));
        }
    }
}
