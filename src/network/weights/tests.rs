//! What weights keep.
