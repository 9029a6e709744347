//! Arrays of numbers as NumPy stores them, in pickles and in `.npy` files.

use std::borrow::Cow;

use rayon::prelude::*;

/// What kind of number an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Unsigned integer, or a truth value.
    Unsigned,
    /// Signed integer.
    Signed,
    /// Floating point.
    Float,
}

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// What kind of number.
    pub kind: Kind,
    /// Bytes of one number: 1, 2, 4 or 8.
    pub bytes: usize,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
}

impl Element {
    /// Reads NumPy's code, such as `|u1`, `<i8` or `f4`; `None` for anything but plain numbers.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let (big_endian, code) = match code.as_bytes().first()? {
            b'>' => (true, &code[1..]),
            b'<' | b'|' | b'=' => (false, &code[1..]),
            _ => (false, code),
        };
        let (kind, bytes) = match code {
            "b1" | "u1" => (Kind::Unsigned, 1),
            "u2" => (Kind::Unsigned, 2),
            "u4" => (Kind::Unsigned, 4),
            "u8" => (Kind::Unsigned, 8),
            "i1" => (Kind::Signed, 1),
            "i2" => (Kind::Signed, 2),
            "i4" => (Kind::Signed, 4),
            "i8" => (Kind::Signed, 8),
            "f2" => (Kind::Float, 2),
            "f4" => (Kind::Float, 4),
            "f8" => (Kind::Float, 8),
            _ => return None,
        };
        Some(Self {
            kind,
            bytes,
            big_endian,
        })
    }

    /// The integer in `bytes`; `None` for floating point and for what is larger than an `i64`.
    #[must_use]
    pub fn integer(self, bytes: &[u8]) -> Option<i64> {
        if self.kind == Kind::Float || bytes.len() != self.bytes || bytes.is_empty() {
            return None;
        }
        let fold = |value: u64, byte: &u8| (value << 8) | u64::from(*byte);
        let value = if self.big_endian {
            bytes.iter().fold(0, fold)
        } else {
            bytes.iter().rev().fold(0, fold)
        };
        if self.kind == Kind::Unsigned {
            return i64::try_from(value).ok();
        }
        let unused = 64 - 8 * bytes.len() as u32;
        Some((value << unused) as i64 >> unused)
    }
}

impl Element {
    /// The number in `bytes`, rounded to 64 bits; `None` where they are not as many as it has.
    #[must_use]
    pub fn fraction(self, bytes: &[u8]) -> Option<f64> {
        if self.kind != Kind::Float {
            return Some(self.integer(bytes)? as f64);
        }
        let mut little: Vec<u8> = bytes.to_vec();
        if self.big_endian {
            little.reverse();
        }
        match *little.as_slice() {
            [a, b] => Some(half(u16::from_le_bytes([a, b]))),
            [a, b, c, d] => Some(f32::from_le_bytes([a, b, c, d]).into()),
            _ => Some(f64::from_le_bytes(little.try_into().ok()?)),
        }
    }
}

/// A number of IEEE 754's binary16.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    sign * size
}

impl std::fmt::Display for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            Kind::Unsigned => "uint",
            Kind::Signed => "int",
            Kind::Float => "float",
        };
        write!(f, "{kind}{}", 8 * self.bytes)
    }
}

/// An array whose bytes were checked against its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array<'a> {
    shape: Vec<usize>,
    element: Element,
    fortran: bool,
    data: Cow<'a, [u8]>,
}

impl<'a> Array<'a> {
    /// An array over `data`; `fortran` says that the first index runs fastest.
    ///
    /// # Errors
    /// A sentence, if `data` does not hold exactly what `shape` promises.
    pub fn new(
        shape: Vec<usize>,
        element: Element,
        fortran: bool,
        data: Cow<'a, [u8]>,
    ) -> Result<Self, String> {
        let promised = shape
            .iter()
            .try_fold(element.bytes, |product, &side| product.checked_mul(side));
        if promised != Some(data.len()) {
            return Err(format!(
                "an array of shape {shape:?} and type {element} holds {} bytes, which do not fit: the file is damaged",
                data.len()
            ));
        }
        Ok(Self {
            shape,
            element,
            fortran,
            data,
        })
    }

    /// Lengths of the axes.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Type of the elements.
    #[must_use]
    pub fn element(&self) -> Element {
        self.element
    }

    /// Whether the first index runs fastest, so that [`into_bytes`](Self::into_bytes) makes a second copy.
    #[must_use]
    pub fn is_turned(&self) -> bool {
        self.fortran
    }

    /// The 8-bit values with the last index running fastest; `None` if the elements are no 8-bit unsigned integers.
    #[must_use]
    pub fn into_bytes(self) -> Option<Cow<'a, [u8]>> {
        if self.element.kind != Kind::Unsigned || self.element.bytes != 1 {
            return None;
        }
        let axes = self.shape.iter().filter(|&&side| side != 1).count();
        if !self.fortran || axes < 2 || self.data.is_empty() {
            return Some(self.data);
        }
        let (first, rest) = (self.shape[0], &self.shape[1..]);
        let offsets = (0..rest.iter().product()).map(|flat: usize| {
            let strides = self.shape.iter().scan(1, |stride, &side| {
                *stride *= side;
                Some(*stride)
            });
            let strides: Vec<usize> = strides.collect();
            let mut flat = flat;
            let mut offset = 0;
            for (axis, &side) in rest.iter().enumerate().rev() {
                offset += flat % side * strides[axis];
                flat /= side;
            }
            offset
        });
        let offsets: Vec<usize> = offsets.collect();
        let mut rows = vec![0; self.data.len()];
        rows.par_chunks_mut(self.data.len() / first)
            .enumerate()
            .for_each(|(index, row)| {
                for (value, &offset) in row.iter_mut().zip(&offsets) {
                    *value = self.data[index + offset];
                }
            });
        Some(Cow::Owned(rows))
    }

    /// The elements of a vector (all axes but one of length 1) as integers.
    ///
    /// `None` if it is no vector, or an element is no integer of 64 bits.
    #[must_use]
    pub fn integers(&self) -> Option<Vec<i64>> {
        if self.shape.iter().filter(|&&side| side != 1).count() > 1 {
            return None;
        }
        self.data
            .chunks_exact(self.element.bytes)
            .map(|bytes| self.element.integer(bytes))
            .collect()
    }

    /// The elements of a vector or a matrix as floating-point numbers, row after row; `None` of more
    /// axes.
    #[must_use]
    pub fn fractions(&self) -> Option<Vec<f64>> {
        let wide = self.shape.iter().filter(|&&side| side != 1).count();
        let numbers: Option<Vec<f64>> = self
            .data
            .chunks_exact(self.element.bytes)
            .map(|bytes| self.element.fraction(bytes))
            .collect();
        let numbers = numbers.filter(|_| wide < 3)?;
        let &[rows, columns] = self.shape.as_slice() else {
            return (wide < 2).then_some(numbers);
        };
        if !self.fortran {
            return Some(numbers);
        }
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| column * rows + row));
        Some(places.map(|place| numbers[place]).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn codes_name_plain_numbers_and_nothing_else() {
        let long = Element::parse(">i8").unwrap();
        assert_eq!(
            (long.kind, long.bytes, long.big_endian),
            (Kind::Signed, 8, true)
        );
        assert_eq!(long.to_string(), "int64");
        for code in ["O", "|O", "V3", "<U5", "S1", "", "u3", "é1"] {
            assert_eq!(Element::parse(code), None, "{code}");
        }
    }

    #[test]
    fn integers_keep_sign_and_byte_order() {
        let read = |code: &str, bytes: &[u8]| Element::parse(code).unwrap().integer(bytes);
        assert_eq!(read("<i2", &[0xfe, 0xff]), Some(-2));
        assert_eq!(read(">i2", &[0xff, 0xfe]), Some(-2));
        assert_eq!(read("|u1", &[200]), Some(200));
        assert_eq!(read("|i1", &[200]), Some(-56));
        assert_eq!(read("<u8", &[255; 8]), None);
        assert_eq!(read("<f4", &[0; 4]), None);
    }

    #[test]
    fn a_column_major_array_is_turned() {
        let element = Element::parse("u1").unwrap();
        // numpy: arange(24).reshape(2, 3, 4).tobytes(order="F")
        let columns = [
            0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23,
        ];
        let array = Array::new(vec![2, 3, 4], element, true, Cow::Borrowed(&columns)).unwrap();
        let rows: Vec<u8> = (0..24).collect();
        assert_eq!(array.into_bytes().unwrap(), rows);
    }

    #[test]
    fn shape_and_bytes_must_agree() {
        let element = Element::parse("<i8").unwrap();
        let build = |shape: Vec<usize>| Array::new(shape, element, false, Cow::Borrowed(&[0; 16]));
        assert_eq!(build(vec![2]).unwrap().integers(), Some(vec![0, 0]));
        assert_eq!(build(vec![2, 1]).unwrap().integers(), Some(vec![0, 0]));
        assert!(build(vec![3]).is_err());
        assert!(build(vec![usize::MAX, usize::MAX]).is_err());
    }
}
