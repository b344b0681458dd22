"""Development twins of outside parties: enough of them to try and to test the product on one machine."""
