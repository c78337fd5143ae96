//! Many values of one thing, and lines of them for people.

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

/// Prints how large `ours` is beside `theirs`, by turns and by medians; the first is answered.
pub(crate) fn compare(name: &str, ours: &Series, theirs: &Series) -> f64 {
    let by_turns: Series = ours.0.iter().zip(&theirs.0).map(|(ours, theirs)| ours / theirs).collect();
    println!("  {name:<56} {:>9.3} {:>9.3}", by_turns.median(), ours.median() / theirs.median());
    by_turns.median()
}

/// What is required, and what was reached.
pub(crate) fn target(name: &str, reached: f64, most: f64, unit: &str) {
    let word = if reached <= most { "reached" } else { "NOT REACHED" };
    let (reached, most) = (format!("{reached:.2} {unit}"), format!("{most} {unit}"));
    println!("  {name:<56} {:>9}  at most {:<6}  {word}", reached.trim_end(), most.trim_end());
}
