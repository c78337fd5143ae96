//! Many values of one thing, and lines of them for people.

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "nothing here is counted beyond millions")]
pub(crate) fn figure(count: usize) -> f64 {
    count as f64
}

/// The values of one measured thing, in the order of measuring.
#[derive(Debug, Default, Clone)]
pub(crate) struct Series(Vec<f64>);

impl Series {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn sum(&self) -> f64 {
        self.0.iter().sum()
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => f64::NAN,
            even if even % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        }
    }

    /// Turn by turn, how large each is beside the other's.
    pub(crate) fn over(&self, other: &Self) -> Self {
        self.0.iter().zip(&other.0).map(|(own, other)| own / other).collect()
    }

    pub(crate) fn line(&self, name: &str, unit: &str) {
        let sorted = self.sorted();
        let (least, most) = (sorted.first().copied().unwrap_or(f64::NAN), sorted.last().copied().unwrap_or(f64::NAN));
        println!("  {name:<46} {least:>9.1} {:>9.1} {most:>9.1} {unit}", self.median());
    }
}

impl FromIterator<f64> for Series {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

/// The head of a table of series.
pub(crate) fn head(title: &str) {
    println!("\n{title:<48} {:>9} {:>9} {:>9}", "min", "median", "max");
}
