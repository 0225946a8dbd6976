"""What the Glue jobs of Headwaters share: arguments, contracts, and the rows of silver as Spark makes them."""
