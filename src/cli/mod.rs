//! What can a script ask?
