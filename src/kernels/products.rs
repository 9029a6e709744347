//! How products are rounded.

use std::cell::Cell;

/// How the numbers of a convolution are rounded before they are multiplied; their products are summed as 32-bit floats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Products {
    /// Not at all: 32-bit floats.
    #[default]
    F32,
    /// To ten bits behind the point, by the tensor cores of a GPU, where both sides have at least eight channels.
    Tf32,
    /// To seven bits behind the point (bfloat16), by the tensor cores of a GPU, where both sides have at least eight
    /// channels.
    Bf16,
}

impl Products {
    /// All of them.
    #[cfg(all(test, feature = "cuda"))]
    pub(super) const ALL: [Self; 3] = [Self::F32, Self::Tf32, Self::Bf16];
}

thread_local! {
    static CURRENT: Cell<Products> = const { Cell::new(Products::F32) };
}

/// Does `work` with the convolutions that it begins on this thread, and their gradients whenever they are taken,
/// rounding like this.
pub fn with_products<T>(products: Products, work: impl FnOnce() -> T) -> T {
    struct Before(Products);
    impl Drop for Before {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _before = Before(CURRENT.replace(products));
    work()
}

/// What a convolution that begins now does.
pub(super) fn current() -> Products {
    CURRENT.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_holds_for_the_work_alone() {
        assert_eq!(current(), Products::F32);
        let inside = with_products(Products::Tf32, || {
            let failed = std::panic::catch_unwind(|| {
                with_products(Products::F32, || panic!("on purpose"));
            });
            assert!(failed.is_err());
            current()
        });
        assert_eq!(inside, Products::Tf32);
        assert_eq!(current(), Products::F32);
    }
}
