//! Generates documents: events in every valid form of JSON, and damaged ones.

/// Returns a document that depends on the number only.
pub fn document(seed: u64) -> Vec<u8> {
    let mut writer = Writer { chance: Chance(seed), out: Vec::new() };
    match writer.chance.below(8) {
        0 => writer.object(),
        1 => {
            writer.event();
            writer.event();
        }
        _ => writer.event(),
    }
    let Writer { mut chance, mut out } = writer;
    if chance.one_in(2) {
        for _ in 0..=chance.below(3) {
            damage(&mut chance, &mut out);
        }
    }
    out
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to (not including) `bound`.
    const fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    const fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    const fn pick<'a>(&mut self, among: &[&'a str]) -> &'a str {
        among[self.below(among.len())]
    }
}

/// The bytes that a damaged document has most often.
const BYTES: &[u8] = b"{}[]\"\\,:0123456789-+.eEtrufalsn \t\r\n\x00\x1f/u\x7f\x80\xbf\xc3\xe2\xf0\xff";

fn damage(chance: &mut Chance, out: &mut Vec<u8>) {
    if out.is_empty() {
        return;
    }
    let at = chance.below(out.len());
    let byte = BYTES[chance.below(BYTES.len())];
    match chance.below(6) {
        0 => out.insert(at, byte),
        1 => drop(out.remove(at)),
        2 => {
            let to = (at + 1 + chance.below(12)).min(out.len());
            let copy = out[at..to].to_vec();
            out.splice(at..at, copy);
        }
        3 => {
            let other = chance.below(out.len());
            out.swap(at, other);
        }
        _ => out[at] = byte,
    }
}

struct Writer {
    chance: Chance,
    out: Vec<u8>,
}

impl Writer {
    fn write(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// White space, in some documents.
    fn blank(&mut self) {
        if self.out.first() == Some(&b' ') && self.chance.one_in(4) {
            let blank = self.chance.pick(&[" ", "\n", "\t", "\r\n  "]);
            self.write(blank);
        }
    }

    fn event(&mut self) {
        if self.chance.one_in(4) {
            self.write(" ");
        }
        let kind = self
            .chance
            .pick(&["ADDED", "ADDED", "MODIFIED", "DELETED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR", "SYNC"]);
        let is_reversed = self.chance.one_in(4);
        self.write("{");
        if self.chance.one_in(6) {
            self.other(2);
            self.write(",");
        }
        if is_reversed {
            self.name("object");
            self.object();
            self.write(",");
        }
        self.name("type");
        self.write("\"");
        self.write(kind);
        self.write("\"");
        if !is_reversed {
            self.write(",");
            self.name("object");
            self.object();
        }
        self.blank();
        self.write("}");
        let end = self.chance.pick(&["\n", ""]);
        self.write(end);
    }

    fn object(&mut self) {
        self.write("{");
        self.blank();
        let mut members = vec!["kind", "apiVersion", "metadata", "other", "other"];
        if self.chance.one_in(8) {
            members.push(self.chance.pick(&["kind", "apiVersion", "metadata", "other"]));
        }
        self.members(&members, |writer, name| match name {
            "metadata" if writer.chance.one_in(30) => writer.value(4),
            "metadata" => writer.metadata(),
            "kind" if writer.chance.one_in(10) => writer.value(4),
            _ => writer.string(),
        });
        self.blank();
        self.write("}");
    }

    fn metadata(&mut self) {
        self.write("{");
        let mut members = vec!["name", "namespace", "uid", "resourceVersion", "other", "other"];
        if self.chance.one_in(8) {
            members.push(self.chance.pick(&["name", "uid", "resourceVersion", "namespace"]));
        }
        if self.chance.one_in(20) {
            members.swap_remove(0);
        }
        if self.chance.one_in(2) {
            for _ in 0..=self.chance.below(6) {
                members.push(self.chance.pick(&[
                    "generation",
                    "creationTimestamp",
                    "deletionTimestamp",
                    "labels",
                    "annotations",
                    "ownerReferences",
                    "finalizers",
                    "managedFields",
                ]));
            }
        }
        self.members(&members, |writer, name| match name {
            _ if writer.chance.one_in(60) => writer.value(4),
            _ if name.contains('s') && writer.chance.one_in(40) => writer.write("null"),
            "generation" => {
                let number = writer.chance.pick(&["0", "1", "-7", "9223372036854775807"]);
                writer.write(number);
            }
            "labels" | "annotations" => writer.map(),
            "ownerReferences" => writer.array(Self::owner),
            "finalizers" => writer.array(Self::string),
            "managedFields" => writer.list("[", "]", 4, false),
            "resourceVersion" => {
                let version = format!("\"{}\"", writer.chance.below(1000));
                writer.write(&version);
            }
            _ => writer.string(),
        });
        self.blank();
        self.write("}");
    }

    /// An object of strings.
    fn map(&mut self) {
        self.write("{");
        self.blank();
        for index in 0..self.chance.below(4) {
            if index > 0 {
                self.write(",");
            }
            self.string();
            self.blank();
            self.write(":");
            self.blank();
            if self.chance.one_in(100) {
                self.value(2);
            } else {
                self.string();
            }
            self.blank();
        }
        self.write("}");
    }

    fn array(&mut self, element: fn(&mut Self)) {
        self.write("[");
        self.blank();
        for index in 0..self.chance.below(3) {
            if index > 0 {
                self.write(",");
                self.blank();
            }
            if self.chance.one_in(100) { self.value(2) } else { element(self) }
        }
        self.write("]");
    }

    fn owner(&mut self) {
        self.write("{");
        let names = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion", "other", "name"];
        let count = self.chance.below(names.len() + 1);
        self.members(&names[..count], |writer, name| match name {
            _ if writer.chance.one_in(80) => writer.value(2),
            "controller" | "blockOwnerDeletion" => {
                let word = writer.chance.pick(&["true", "false", "null"]);
                writer.write(word);
            }
            _ => writer.string(),
        });
        self.blank();
        self.write("}");
    }

    /// Members in any order.
    fn members(&mut self, names: &[&str], mut value: impl FnMut(&mut Self, &str)) {
        let mut names = names.to_vec();
        let mut is_first = true;
        while !names.is_empty() {
            let index = if self.chance.one_in(3) { self.chance.below(names.len()) } else { 0 };
            let name = names.remove(index);
            if !core::mem::take(&mut is_first) {
                self.write(",");
                self.blank();
            }
            match name {
                "other" => self.other(4),
                _ => {
                    self.name(name);
                    value(self, name);
                }
            }
        }
    }

    fn other(&mut self, depth: usize) {
        self.string();
        self.blank();
        self.write(":");
        self.blank();
        self.value(depth);
    }

    /// A name, sometimes with an escape, and the colon.
    fn name(&mut self, name: &str) {
        let escaped = self.chance.one_in(12).then(|| self.chance.below(name.len()));
        self.write("\"");
        for (at, letter) in name.char_indices() {
            let text = if escaped == Some(at) { format!("\\u{:04x}", letter as u32) } else { letter.to_string() };
            self.write(&text);
        }
        self.write("\"");
        self.blank();
        self.write(":");
        self.blank();
    }

    fn value(&mut self, depth: usize) {
        match self.chance.below(if depth == 0 { 3 } else { 6 }) {
            0 => self.string(),
            1 => {
                let number = self.chance.pick(&[
                    "0",
                    "-0",
                    "7",
                    "-12.50",
                    "1e9",
                    "1E-7",
                    "0.1e+22",
                    "1e999999",
                    "9007199254740993",
                ]);
                self.write(number);
            }
            2 if self.chance.one_in(100) => {
                let wrong =
                    self.chance.pick(&["NaN", "01", "-", "1.", "tru", "[1,]", "{\"a\"}", "{1:2}", "'a'", "/**/1"]);
                self.write(wrong);
            }
            2 if self.chance.one_in(60) => self.deep(),
            2 => {
                let word = self.chance.pick(&["true", "false", "null", "{}", "[]", "\"\""]);
                self.write(word);
            }
            3 => self.list("[", "]", depth, false),
            _ => self.list("{", "}", depth, true),
        }
    }

    fn list(&mut self, open: &str, close: &str, depth: usize, has_names: bool) {
        self.write(open);
        self.blank();
        // Sometimes more than the parser keeps.
        let count = if self.chance.one_in(50) { 12 } else { self.chance.below(4) };
        for index in 0..count {
            if index > 0 {
                self.write(",");
                self.blank();
            }
            if has_names {
                self.other(depth - 1);
            } else {
                self.value(depth - 1);
            }
        }
        self.blank();
        self.write(close);
    }

    /// A value in many objects and arrays. The scan keeps 64 levels in a word, and has a limit, so the depth is mostly
    /// about a multiple of 64.
    fn deep(&mut self) {
        let words = 1 + self.chance.below(5);
        let levels =
            if self.chance.one_in(4) { self.chance.below(300) } else { 64 * words + 3 - self.chance.below(10) };
        let mut ends = Vec::new();
        for _ in 0..levels {
            let (begin, end) = match self.chance.below(8) {
                0..4 => ("[", "]"),
                4..6 => ("{\"a\":", "}"),
                6 => ("[{},\"]\",", ",0]"),
                _ => ("{\"b\":[[]],\"a\":", ",\"c\":{}}"),
            };
            self.write(begin);
            self.blank();
            ends.push(end);
        }
        self.string();
        for end in ends.into_iter().rev() {
            self.write(end);
        }
    }

    fn string(&mut self) {
        self.write("\"");
        for _ in 0..self.chance.below(5) {
            let parts: &[&str] = match self.chance.below(200) {
                0 => &["\\x", "\\u12", "\\ud800", "\\u12\\u1234"],
                1..25 => &["\\\"", "\\\\", "\\n", "\\/", "\\u00e9", "\\ud83d\\ude80", "\\\\\\\""],
                25..50 => &["ü", "☃", "🚀", "{", "}]", "[:,", " "],
                _ => &["web", "a", "prometheus.io/scrape", "0123456789012345678901234567890123456789"],
            };
            let part = self.chance.pick(parts);
            self.write(part);
        }
        self.write("\"");
    }
}
