"""What several tests share: small routes and lines, made-up results, quick runs."""
