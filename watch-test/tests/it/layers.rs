//! The layers of the model: `src/model/mod.rs` lists which others each folder calls, and the code must agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the rest of the crate that the model may use.
const BELOW_THE_MODEL: [&str; 3] = ["fault", "millis", "rng"];

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path)
}

/// The layers from the top down, each with those that it may call: from lines such as "- `server`: … Calls `cluster`."
fn layers() -> Vec<(String, BTreeSet<String>)> {
    let docs = fs::read_to_string(source("model/mod.rs")).expect("the model");
    let in_backticks = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let mut layers: Vec<(String, String)> = Vec::new();
    for line in docs.lines().filter_map(|line| line.strip_prefix("//! ")) {
        if let Some(layer) = line.strip_prefix("- ") {
            let name = in_backticks(layer).into_iter().next().expect("the name of a layer");
            layers.push((name, layer.to_owned()));
        } else if let (Some((_, sentence)), true) = (layers.last_mut(), line.starts_with("  ")) {
            sentence.push_str(&line[1..]);
        }
    }
    let calls = |sentence: &str| {
        let (_, calls) = sentence.rsplit_once("Calls ").unwrap_or_else(|| panic!("no \"Calls\" in: {sentence}"));
        in_backticks(calls).into_iter().collect()
    };
    layers.into_iter().map(|(name, sentence)| (name, calls(&sentence))).collect()
}

/// The source files in a folder, and in the folders there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The code of a file on one line, without comments and white space.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let lines = text.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    lines.flat_map(str::chars).filter(|character| !character.is_whitespace()).collect()
}

/// The names that follow a path: `b` of `a::b::C`, and `b`, `d` of `a::{b::C, d}`.
fn names_after(code: &str, path: &str) -> BTreeSet<String> {
    let name =
        |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_owned();
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(path) {
        let rest = &code[at + path.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(name(rest));
            continue;
        };
        let (mut depth, mut start) = (0_usize, 0);
        for (at, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                ',' | '}' if depth == 0 => {
                    names.insert(name(&group[start..at]));
                    start = at + 1;
                    if character == '}' {
                        break;
                    }
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    names.remove("");
    names
}

/// How many modules deep a file of the model is.
fn depth(path: &Path) -> usize {
    let inside = path.strip_prefix(source("model")).expect("a file of the model");
    inside.components().count() - usize::from(inside.ends_with("mod.rs"))
}

/// Whether a path of `super`s leads out of the file's layer.
fn leaves_its_layer(code: &str, depth: usize) -> bool {
    code.contains(&"super::".repeat(depth))
}

#[test]
fn each_folder_of_the_model_is_a_layer() {
    let files = files(&source("model"));
    let inside = files.iter().map(|path| path.strip_prefix(source("model")).expect("a file of the model"));
    let folders: BTreeSet<String> = inside
        .map(|path| path.components().next().expect("a name").as_os_str().to_string_lossy().into_owned())
        .collect();
    let mut expected: BTreeSet<String> = layers().into_iter().map(|(name, _)| name).collect();
    expected.insert("mod.rs".to_owned());
    assert_eq!(folders, expected);
}

#[test]
fn a_layer_calls_only_layers_below_it() {
    let layers = layers();
    for (place, (name, calls)) in layers.iter().enumerate() {
        let below: BTreeSet<String> = layers[place + 1..].iter().map(|(name, _)| name.clone()).collect();
        assert!(calls.is_subset(&below), "{name} may call {calls:?}, and below it are {below:?}");
    }
}

#[test]
fn the_code_calls_what_the_layers_may() {
    let layers = layers();
    let mut called: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (layer, calls) in &layers {
        for path in files(&source("model").join(layer)) {
            let code = code(&path);
            assert!(!leaves_its_layer(&code, depth(&path)), "{path:?}: another layer is named by `crate::model::`");
            let mut names = names_after(&code, "crate::model::");
            names.remove(layer);
            let refused: Vec<_> = names.difference(calls).collect();
            assert!(refused.is_empty(), "{path:?} is in `{layer}`, which may not call {refused:?}");
            called.entry(layer).or_default().extend(names);
            for name in names_after(&code, "crate::") {
                let is_below = name == "model" || BELOW_THE_MODEL.contains(&&*name);
                assert!(is_below, "{path:?}: the model may not call `{name}`");
            }
        }
    }
    // Otherwise the list has a call that isn't in the code.
    for (layer, calls) in &layers {
        assert_eq!(called.get(&**layer), Some(calls), "what `{layer}` calls");
    }
}

#[test]
fn faults_are_below_the_model() {
    for path in files(&source("fault")) {
        let names = names_after(&code(&path), "crate::");
        assert!(names.iter().all(|name| name == "millis"), "{path:?} uses {names:?}");
    }
}

#[test]
fn methods_stand_in_the_layer_of_their_type() {
    for (layer, _) in layers() {
        for path in files(&source("model").join(&layer)) {
            let code = code(&path);
            for (type_name, own_layer) in [("ApiServer", "server"), ("Cluster", "cluster")] {
                let has_methods = code.contains(&format!("impl{type_name}{{"));
                assert!(!has_methods || layer == own_layer, "{path:?} has methods of {type_name}");
            }
        }
    }
}

#[test]
fn files_of_a_layer_are_in_no_circle() {
    for (layer, _) in layers() {
        let folder = source("model").join(&layer);
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for path in files(&folder) {
            let inside = path.strip_prefix(&folder).expect("a file of the layer").with_extension("");
            let name = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
            if inside.components().count() == 1 && name != "mod" {
                let mut names = names_after(&code(&path), "super::");
                names.extend(names_after(&code(&path), &format!("crate::model::{layer}::")));
                uses.insert(name, names);
            }
        }
        // Removes files that use only removed files, until none is left.
        while !uses.is_empty() {
            let known: BTreeSet<String> = uses.keys().cloned().collect();
            let before = uses.len();
            uses.retain(|name, used| used.iter().any(|used| used != name && known.contains(used)));
            assert!(uses.len() < before, "{layer}: a circle among {uses:?}");
        }
    }
}

#[test]
fn names_are_found_in_paths_and_groups() {
    let code = "usecrate::model::{a::{X,Y},b,c::d::{self,E}};fnf(_:crate::model::g::H){}";
    assert_eq!(names_after(code, "crate::model::"), ["a", "b", "c", "g"].map(str::to_owned).into());
    assert!(leaves_its_layer("usesuper::super::a;", 2) && !leaves_its_layer("usesuper::a;", 2));
}
