"""Phase diagrams: which ensemble is the best for which α and β, exactly."""
