"""What local engines share: requests as token paths, evaluated once where they begin alike."""
