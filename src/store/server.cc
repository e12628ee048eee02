namespace mpb {}
