# Codecs against golden vectors, and every kernel set against the reference.
