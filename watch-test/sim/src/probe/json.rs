//! Legal JSON in every form: white space, escapes, numbers, nesting, unknown members.

use watch_test::check::Rng;

use super::text;

/// Writes JSON. Each document has its own style.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer {
    space: Space,
    /// Whether characters of strings may be escaped without need.
    escapes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Space {
    None,
    /// Line breaks of Unix and of Windows, and tabs.
    Lf,
    CrLf,
    Any,
}

impl Writer {
    pub(super) fn drawn(rng: &mut Rng) -> Self {
        let space = rng.weighted(&[(Space::None, 4), (Space::Lf, 1), (Space::CrLf, 1), (Space::Any, 2)]);
        Self { space, escapes: rng.one_in(3) }
    }

    pub(super) fn gap(self, rng: &mut Rng) -> String {
        match self.space {
            Space::None => String::new(),
            Space::Lf => "\n  ".into(),
            Space::CrLf => "\r\n\t".into(),
            Space::Any => (0..rng.below(3)).map(|_| text::of(rng, " \t\r\n")).collect(),
        }
    }

    pub(super) fn string(self, rng: &mut Rng, value: &str) -> String {
        if !self.escapes {
            return serde_json::Value::from(value).to_string();
        }
        let escaped = |c: char| {
            let units =
                |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            match c {
                '"' | '\\' => format!("\\{c}"),
                '/' if rng.one_in(2) => "\\/".into(),
                c if (c as u32) < 0x20 || rng.one_in(6) => units(c),
                c => c.into(),
            }
        };
        format!("\"{}\"", value.chars().map(escaped).collect::<String>())
    }

    /// Writes an object of members whose values are JSON.
    pub(super) fn object(self, rng: &mut Rng, members: &[(String, String)]) -> String {
        let mut written = String::from("{");
        for (index, (name, value)) in members.iter().enumerate() {
            let name = self.string(rng, name);
            let comma = if index > 0 { "," } else { "" };
            let gaps = [(); 4].map(|()| self.gap(rng));
            written += &format!("{}{comma}{}{name}{}:{}{value}", gaps[0], gaps[1], gaps[2], gaps[3]);
        }
        written + &self.gap(rng) + "}"
    }

    pub(super) fn array(self, rng: &mut Rng, items: &[String]) -> String {
        let mut written = String::from("[");
        for (index, item) in items.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            written += &format!("{}{comma}{}{item}", self.gap(rng), self.gap(rng));
        }
        written + &self.gap(rng) + "]"
    }

    /// Writes any value.
    pub(super) fn value(self, rng: &mut Rng, depth: u64) -> String {
        match rng.below(if depth == 0 { 5 } else { 8 }) {
            0 => rng.pick(&["null", "true", "false"]).into(),
            1 => rng.pick(&NUMBERS).into(),
            2..5 => {
                let value = text::any(rng, 12);
                self.string(rng, &value)
            }
            5 => nested(rng, depth),
            6 => {
                let items: Vec<String> = (0..rng.below(4)).map(|_| self.value(rng, depth - 1)).collect();
                self.array(rng, &items)
            }
            _ => {
                // In objects that aren't read, a name may occur several times.
                let members: Vec<(String, String)> = (0..rng.below(4))
                    .map(|_| (rng.pick(&["a", "metadata", "name", "items", ""]).to_owned(), self.value(rng, depth - 1)))
                    .collect();
                self.object(rng, &members)
            }
        }
    }
}

/// Draws a number in any form of JSON.
const NUMBERS: [&str; 12] = [
    "0",
    "-0",
    "-1",
    "1e5",
    "1E+05",
    "-0.0e-0",
    "3.14159265358979323846264338327950288",
    "9223372036854775807",
    "18446744073709551616",
    "1e400",
    "100000000000000000000000000000000000000000000000000000000000000000000000",
    "0.1",
];

/// Draws a value with this many levels of objects and arrays, in random order. The innermost one is often empty.
pub(super) fn nested(rng: &mut Rng, levels: u64) -> String {
    let is_empty = levels > 0 && rng.one_in(2);
    let mut value = String::from(if is_empty { rng.pick(&["{}", "[]", "{ }", "[\n]"]) } else { "0" });
    for _ in u64::from(is_empty)..levels {
        value = if rng.one_in(2) { format!("[{value}]") } else { format!("{{\"a\":{value}}}") };
    }
    value
}

/// Counts the levels of a JSON text.
pub(super) fn depth(json: &str) -> usize {
    let (mut now, mut most, mut in_string, mut is_escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                now += 1;
                most = most.max(now);
            }
            b'}' | b']' => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_json_with_the_same_content() {
        for seed in 0..500 {
            let rng = &mut Rng::new(seed);
            let writer = Writer::drawn(rng);
            let value = text::any(rng, 20);
            let json = writer.string(rng, &value);
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), value);
            let json = writer.value(rng, 5);
            assert!(serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok(), "{json}");
        }
        assert_eq!(depth("{\"[[\":[{\"\\\"{\":1}]}"), 3);
        for seed in 0..20 {
            assert_eq!(depth(&nested(&mut Rng::new(seed), 40)), 40);
            assert_eq!(depth(&nested(&mut Rng::new(seed), 1)), 1);
        }
        assert_eq!(nested(&mut Rng::new(1), 0), "0");
    }
}
