//! The migration page: its lines compile, and it has each item of kube's modules.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use syn::{ImplItem, Item, TraitItem, Type, Visibility};

#[expect(dead_code, reason = "it is only compiled")]
#[path = "../../docs/from_kube_rs.rs"]
mod ours;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(file)).unwrap()
}

fn page() -> String {
    read("from-kube-rs.md")
}

/// The sources of the modules `watcher`, `reflector`, `wait` and `utils` of kube-runtime. `utils` has `WatchStreamExt` and
/// the predicates.
const SOURCES: [&str; 13] = [
    "watcher.rs",
    "reflector/mod.rs",
    "reflector/store.rs",
    "reflector/object_ref.rs",
    "reflector/dispatcher.rs",
    "wait.rs",
    "utils/watch_ext.rs",
    "utils/predicate.rs",
    "utils/backoff_reset_timer.rs",
    "utils/event_decode.rs",
    "utils/event_modify.rs",
    "utils/reflect.rs",
    "utils/stream_backoff.rs",
];

/// A row of a table: the section, and the cells.
struct Row {
    section: String,
    cells: Vec<String>,
}

fn rows(page: &str) -> Vec<Row> {
    let mut section = String::new();
    let mut rows = Vec::new();
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.trim_matches('`').to_owned();
        } else if line.starts_with("| ") && !line.starts_with("| kube |") {
            let line = line.replace(r"\|", "\u{1}");
            let cells = line.trim_matches('|').split('|').map(|cell| cell.replace('\u{1}', "|").trim().to_owned());
            rows.push(Row { section: section.clone(), cells: cells.collect() });
        }
    }
    rows
}

/// The code of a cell.
fn code(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Without what differs by the formatting.
fn normal(code: &str) -> String {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    code.replace(",)", ")").replace(",}", "}").trim_end_matches(',').to_owned()
}

#[test]
fn every_line_that_changes_is_compiled() {
    let (page, compiled) = (page(), normal(&read("from_kube_rs.rs")));
    let rows = rows(&page);
    assert!(rows.len() > 60, "{} rows", rows.len());
    let mut lines = Vec::new();
    for Row { section, cells } in &rows {
        assert_eq!(cells.len(), 3, "{section}: {cells:?}");
        // A name alone is no line.
        lines.extend(code(&cells[2]).filter(|code| code.contains(['(', '<', '.', ' '])));
    }
    let blocks = page.split("// After").skip(1).map(|block| block.split("```").next().unwrap());
    lines.extend(blocks.flat_map(|block| block.lines().skip(1)));
    assert!(lines.len() > 80, "{} lines", lines.len());
    lines.retain(|line| !compiled.contains(&normal(line)));
    assert!(lines.is_empty(), "from_kube_rs.rs doesn't have {lines:#?}");
}

/// Returns the version and the directory of the kube-runtime that these tests are built with.
fn kube_runtime() -> (String, PathBuf) {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1", "--all-features", "--manifest-path"])
        .arg(manifest)
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let package = metadata["packages"].as_array().unwrap().iter().find(|package| package["name"] == "kube-runtime");
    let text = |field: &str| package.unwrap()[field].as_str().unwrap().to_owned();
    (text("version"), Path::new(&text("manifest_path")).parent().unwrap().join("src"))
}

/// Adds the public items of a module: `store`, `Store::get`, `Event::Apply`, `conditions::is_created`.
fn collect(items: &[Item], module: Option<&str>, found: &mut BTreeSet<String>) {
    let is_public = |visibility: &Visibility| matches!(visibility, Visibility::Public(_));
    let within = |name: &str| module.map_or_else(|| name.to_owned(), |module| format!("{module}::{name}"));
    for item in items {
        let (visibility, name) = match item {
            Item::Fn(item) => (&item.vis, &item.sig.ident),
            Item::Struct(item) => (&item.vis, &item.ident),
            Item::Type(item) => (&item.vis, &item.ident),
            Item::Enum(item) => (&item.vis, &item.ident),
            Item::Trait(item) => (&item.vis, &item.ident),
            Item::Mod(item) => (&item.vis, &item.ident),
            Item::Impl(item) if item.trait_.is_none() => {
                let Type::Path(of) = &*item.self_ty else { continue };
                let of = &of.path.segments.last().unwrap().ident;
                for item in &item.items {
                    if let ImplItem::Fn(method) = item
                        && is_public(&method.vis)
                    {
                        found.insert(format!("{of}::{}", method.sig.ident));
                    }
                }
                continue;
            }
            _ => continue,
        };
        if !is_public(visibility) {
            continue;
        }
        match item {
            Item::Mod(item) => {
                let (_, items) = item.content.as_ref().map_or((None, &[][..]), |(brace, items)| (Some(brace), items));
                collect(items, Some(&name.to_string()), found);
                continue;
            }
            Item::Enum(item) => {
                found.extend(item.variants.iter().map(|variant| format!("{name}::{}", variant.ident)));
            }
            Item::Trait(item) => found.extend(item.items.iter().filter_map(|item| match item {
                TraitItem::Fn(method) => Some(format!("{name}::{}", method.sig.ident)),
                _ => None,
            })),
            _ => {}
        }
        found.insert(within(&name.to_string()));
    }
}

#[test]
fn the_page_has_each_item_of_kube() {
    let (version, sources) = kube_runtime();
    let minor = version.rsplit_once('.').unwrap().0;
    let page = page();
    assert!(page.contains(&format!("(kube {minor})")), "the page isn't of kube {version}");

    let mut listed = BTreeSet::new();
    for Row { section, cells } in rows(&page) {
        for code in code(&cells[0]) {
            for word in code.split(|c: char| !(c.is_alphanumeric() || "_:".contains(c))) {
                listed.insert(word.trim_matches(':').to_owned());
                listed.insert(format!("{section}::{word}"));
            }
        }
    }
    let mut missing = Vec::new();
    for source in SOURCES {
        let file = syn::parse_file(&fs::read_to_string(sources.join(source)).unwrap()).unwrap();
        let mut items = BTreeSet::new();
        collect(&file.items, None, &mut items);
        assert!(!items.is_empty(), "{source}");
        for item in items {
            let item = match (source, &*item) {
                // Their names where they are exported.
                ("reflector/object_ref.rs", "Extra") => "ObjectRefExtra",
                ("utils/predicate.rs", "Config") => "PredicateConfig",
                ("utils/predicate.rs", "Config::ttl") => "PredicateConfig::ttl",
                // They aren't exported.
                ("utils/predicate.rs", "Combine" | "Fallback") => continue,
                (_, "WatchStreamExt") => continue,
                (_, item) => item,
            };
            if !listed.contains(item) {
                missing.push(format!("{source}: {item}"));
            }
        }
    }
    assert!(missing.is_empty(), "the page lacks {missing:#?}");
}
