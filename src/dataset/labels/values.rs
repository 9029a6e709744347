//! Labels as files hold them.

/// The labels of images as their file holds them; none of an image that has no label.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dataset) enum Values {
    /// Whole numbers.
    Whole(Vec<Option<i64>>),
    /// Text.
    Text(Vec<Option<String>>),
    /// Truth values.
    Truth(Vec<Option<bool>>),
}

impl Values {
    /// Whole numbers, all of them there.
    pub(in crate::dataset) fn whole(numbers: Vec<i64>) -> Self {
        Self::Whole(numbers.into_iter().map(Some).collect())
    }

    /// Floating-point numbers, each of which must be whole; NaN is no label.
    ///
    /// # Errors
    /// The first record that is neither, with its number.
    pub(in crate::dataset) fn fractions(numbers: &[f64]) -> Result<Self, (usize, f64)> {
        let whole = |(record, &number): (usize, &f64)| match number {
            number if number.is_nan() => Ok(None),
            number if number.fract() == 0.0 && number.abs() < 1e15 => Ok(Some(number as i64)),
            number => Err((record, number)),
        };
        let numbers: Result<_, _> = numbers.iter().enumerate().map(whole).collect();
        numbers.map(Self::Whole)
    }

    /// Number of images.
    pub(in crate::dataset) fn len(&self) -> usize {
        match self {
            Self::Whole(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Truth(values) => values.len(),
        }
    }

    /// Puts further labels behind these; false where they are of another kind.
    #[cfg(feature = "parquet")]
    pub(in crate::dataset) fn append(&mut self, more: Self) -> bool {
        match (self, more) {
            (Self::Whole(values), Self::Whole(more)) => values.extend(more),
            (Self::Text(values), Self::Text(more)) => values.extend(more),
            (Self::Truth(values), Self::Truth(more)) => values.extend(more),
            _ => return false,
        }
        true
    }

    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Whole(_) => "whole numbers",
            Self::Text(_) => "text",
            Self::Truth(_) => "truth values",
        }
    }

    /// Text that spells whole numbers as these; an empty text is no label.
    pub(super) fn plain(self) -> Self {
        let Self::Text(values) = self else {
            return self;
        };
        let number = |text: &Option<String>| match text.as_deref() {
            None | Some("") => Some(None),
            Some(text) => {
                let number: i64 = text.parse().ok()?;
                (number.to_string() == text).then_some(Some(number))
            }
        };
        let numbers: Option<Vec<_>> = values.iter().map(number).collect();
        match numbers {
            Some(numbers) if numbers.iter().any(Option::is_some) => Self::Whole(numbers),
            _ => Self::Text(
                values
                    .into_iter()
                    .map(|text| text.filter(|text| !text.is_empty()))
                    .collect(),
            ),
        }
    }
}

/// Whether -1 is a label among `numbers` rather than the mark of an image that has none: beside 1
/// alone, or beside other negative numbers.
pub(super) fn minus_one_is_a_class(numbers: &[Option<i64>]) -> bool {
    let negative = |number: &i64| *number < -1;
    let mut present = numbers.iter().flatten();
    present.clone().any(negative)
        || present.clone().any(|&number| number == 1) && present.all(|&number| number.abs() == 1)
}

/// Whether no image of `held_out` has a label, given those of the training images.
pub(in crate::dataset) fn are_missing(held_out: &Values, train: &Values) -> bool {
    match (held_out, train) {
        (Values::Whole(values), train) => {
            let minus = matches!(train, Values::Whole(train) if minus_one_is_a_class(train));
            let missing = |value: &Option<i64>| value.is_none() || *value == Some(-1) && !minus;
            values.iter().all(missing)
        }
        (Values::Text(values), _) => values
            .iter()
            .all(|value| value.as_deref().is_none_or(str::is_empty)),
        (Values::Truth(values), _) => values.iter().all(Option::is_none),
    }
}
