//! The resourceVersions of the random server.

use watch_test::check::Rng;

/// How the server writes the versions of its store, which are numbers.
#[derive(Clone, Debug)]
pub(super) struct Versions {
    first: u128,
    style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// Decimal numbers, also beyond 64 bits.
    Numbers,
    /// Texts without an order.
    Opaque,
    /// Texts without an order for lists and bookmarks, numbers for objects.
    OpaqueLists,
}

impl Versions {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let first = rng.pick(&[
            1,
            2,
            7,
            8,
            97,
            9_007_199_254_740_990,
            999_999_999_999_999_996,
            u128::from(u64::MAX) - 3,
            99_999_999_999_999_999_997,
            10_u128.pow(30),
        ]);
        let style = rng.weighted(&[(Style::Numbers, 12), (Style::Opaque, 1), (Style::OpaqueLists, 1)]);
        Self { first, style }
    }

    /// Returns the first version of the store.
    pub(super) const fn first(&self) -> u128 {
        self.first
    }

    /// Returns the version of an object.
    pub(super) fn text(&self, version: u128) -> String {
        if self.style == Style::Opaque { opaque(version) } else { version.to_string() }
    }

    /// Returns the version of a list or of a bookmark.
    pub(super) fn of_list(&self, version: u128) -> String {
        if self.style == Style::Numbers { version.to_string() } else { opaque(version) }
    }

    /// Reads a version that this server wrote. Any other text is read as the present version.
    pub(super) fn read(&self, text: &str) -> Option<u128> {
        text.strip_prefix("v:").unwrap_or(text).parse().ok()
    }
}

fn opaque(version: u128) -> String {
    format!("v:{version}")
}
