"""commands - the programs a person types, under the names Postfix gives them."""
