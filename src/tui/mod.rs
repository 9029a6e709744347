//! What is shown to the user now?
