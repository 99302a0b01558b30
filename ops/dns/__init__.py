"""DNS records that no part of the engine makes: at providers whose API is asked directly."""
