//! A pattern as a catalogue lists it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cow_str::CowStr;
use super::packed::Packed;
use super::pattern::Pattern;
use super::probe::Probe;

/// A pattern with what every scan asks of it; the rest stays packed until somebody asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Listed {
    /// The pattern's id.
    pub id: CowStr,
    /// Its probes; none if its values are searched for.
    pub probes: Box<[Probe]>,
    whole: Packed<Arc<Pattern>>,
}

impl From<Pattern> for Listed {
    fn from(pattern: Pattern) -> Self {
        Self { id: pattern.id.clone(), probes: pattern.probes.clone(), whole: Arc::new(pattern).into() }
    }
}

impl Listed {
    /// All of the pattern.
    pub fn pattern(&self) -> &Arc<Pattern> {
        self.whole.get()
    }
}
